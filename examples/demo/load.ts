import type { LoadRecordsResponse } from "../../data-processing/workspace/types.ts";
import type { Api } from "./api.ts";
import { readCities, readCountries } from "./data.ts";
import { count, heading, line, progressBar } from "./report.ts";
import { entities } from "./rule.ts";

/** Rows sent in one request: the most that the API takes. */
const rowsPerRequest = 5000;

/** Creates the demo's entities where they are missing and loads both sources; loading again changes nothing. */
export async function loadSources(api: Api): Promise<{ cities: number; seconds: number }> {
  heading("Source data");
  for (const entity of entities) await api.post("/api/v1/workspace/entities", entity);
  const began = performance.now();
  const countries = readCountries();
  const cities = readCities();
  await load(api, "countries", countries);
  await load(api, "cities", cities);
  return { cities: cities.length, seconds: Number(((performance.now() - began) / 1000).toFixed(2)) };
}

async function load(api: Api, entity: string, rows: object[]): Promise<void> {
  const progress = progressBar(`loading ${entity}`);
  const sum = { inserted: 0, updated: 0, unchanged: 0 };
  for (let at = 0; at < rows.length; at += rowsPerRequest) {
    const records = rows.slice(at, at + rowsPerRequest);
    const result = await api.post<LoadRecordsResponse>(`/api/v1/workspace/entities/${entity}/records`, {
      records,
    });
    sum.inserted += result.inserted;
    sum.updated += result.updated;
    sum.unchanged += result.unchanged;
    progress(at + records.length, rows.length);
  }
  line(
    `${entity}: ${count(sum.inserted)} new, ${count(sum.updated)} changed, ${count(sum.unchanged)} as before`,
  );
}
