/** Sampled values of the benchmark's columns: made by a seeded generator, so that each run has the same ones. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const list = (text: string): string[] => text.split(",");
const pools: Record<string, string[]> = {
  given: list(
    "Anna,James,Maria,Oliver,Emma,Liam,Sofia,Noah,Mia,Lucas,Ella,Hugo,Nora,Felix,Clara,Leo,Ida,Paul,Rosa,Karl,Grace,Henry,Alice,Theo,Julia,Oscar,Eva,Adam,Lena,Max",
  ),
  family: list(
    "Smith,Garcia,Mueller,Rossi,Jones,Silva,Brown,Novak,Martin,Weber,Lopez,Taylor,Dubois,Hansen,Moore,Conti,Young,Keller,Clark,Costa,Evans,Bauer,Scott,Lind,Baker,Moreau,Hall,Vogel,Price,Romano",
  ),
  ruGiven: list(
    "Иван,Мария,Алексей,Ольга,Дмитрий,Елена,Сергей,Анна,Павел,Наталья,Андрей,Татьяна,Олег,Ирина,Юрий,Софья",
  ),
  ruFamily: list(
    "Иванов,Смирнова,Кузнецов,Попова,Соколов,Лебедева,Козлов,Новикова,Морозов,Волкова,Зайцев,Павлова,Семенов,Орлова,Макаров,Титова",
  ),
  ruPatr: list(
    "Иванович,Петровна,Алексеевич,Сергеевна,Дмитриевич,Андреевна,Олегович,Павловна,Юрьевич,Игоревна",
  ),
  city: list(
    "London,Paris,Berlin,Madrid,Rome,Vienna,Chicago,Boston,Denver,Austin,Lyon,Porto,Oslo,Turin,Leeds,Ghent,Basel,Malmo,Seattle,Dallas,New York,San Jose,Cologne,Seville,Zurich,Milan",
  ),
  ruCity: list(
    "Москва,Казань,Самара,Омск,Пермь,Уфа,Тула,Томск,Сочи,Тверь,Рязань,Курск,Санкт-Петербург,Нижний Новгород",
  ),
  region: list(
    "California,Texas,Bavaria,Ontario,Lombardy,Catalonia,Florida,Ohio,Hesse,Normandy,Oregon,Tuscany,Quebec,Saxony,Nevada,Utah",
  ),
  ruRegion: list(
    "Московская область,Татарстан,Самарская область,Пермский край,Тульская область,Томская область,Краснодарский край",
  ),
  country: list(
    "Germany,France,Spain,Italy,United States,Canada,Austria,Norway,Sweden,Portugal,Belgium,Switzerland,Poland,Japan",
  ),
  ruCountry: list("Россия,Китай,Германия,Италия,Турция,Беларусь,Казахстан,Польша"),
  cc: list("DE,FR,ES,IT,US,CA,AT,NO,SE,PT,BE,CH,PL,JP"),
  currency: list("EUR,USD,GBP,CHF,RUB,SEK,PLN"),
  lang: list("en,de,fr,es,it,ru,sv,pt"),
  tz: list("Europe/Berlin,America/New_York,Europe/Paris,Asia/Tokyo,America/Chicago"),
  job: list(
    "Sales Manager,Engineer,Accountant,CEO,Marketing Director,Developer,Office Manager,Analyst,Consultant,Buyer,Head of Sales,Product Owner",
  ),
  ruJob: list("Директор,Бухгалтер,Менеджер по продажам,Инженер,Аналитик,Юрист,Главный бухгалтер,Секретарь"),
  dept: list("Sales,Marketing,Finance,Engineering,Support,Human Resources,Logistics,Purchasing"),
  industry: list("Banking,Retail,Automotive,Software,Construction,Healthcare,Energy,Food,Education,Telecom"),
  category: list("Home & Garden,Electronics,Clothing,Toys,Sports,Books,Beauty,Tools,Office,Pets"),
  ruCategory: list("Электроника,Одежда,Игрушки,Спорт,Книги,Инструменты,Мебель,Продукты"),
  brand: list("Acme,Nordwind,Zenit,Lumo,Orbis,Kestrel,Volta,Pine & Co,Aurora,Fjord"),
  color: list("red,blue,green,black,white,grey,yellow,brown"),
  okved: list("62.01,47.91,46.90,68.20,41.20,49.41,56.10,10.71"),
};
const nouns = list(
  "chair,lamp,table,kettle,jacket,backpack,mug,router,drill,bicycle,notebook,speaker,tent,camera",
);
const adjectives = list("classic,wooden,smart,compact,large,portable,soft,steel,bright,light,modern,travel");
const ruNouns = list("стул,лампа,стол,чайник,куртка,рюкзак,кружка,дрель,палатка,камера,полка,доска");
const verbs = list(
  "please,check,the,delivery,before,customer,asked,about,new,offer,and,wants,call,back,next,week,price,list,sent,meeting,moved",
);
const ruVerbs = list(
  "просит,перезвонить,после,обеда,клиент,уточнить,цену,доставка,до,двери,договор,отправлен,на,почту,встреча",
);
const streets = list("Main,Oak,Park,Church,High,Mill,Station,Garden,Bridge,Hill");
const ruStreets = list("Ленина,Мира,Садовая,Лесная,Школьная,Советская,Набережная");

/** A column's values for `rows` records, by the name of what it holds, such as `email`, `int(1-9)`, `enum(a/b)`. */
export function generateColumn(
  spec: string,
  rows: number,
  random: () => number,
): (string | number | boolean)[] {
  const parsed = /^(\w+)(?:\((.*)\))?$/s.exec(spec);
  if (!parsed) throw new Error(`no generator for "${spec}"`);
  const [, kind, argument] = parsed;
  return Array.from({ length: rows }, (_, row) => one(kind!, argument ?? "", row, random));
}

function one(kind: string, argument: string, row: number, random: () => number): string | number | boolean {
  const pick = (from: string[]): string => from[Math.floor(random() * from.length)]!;
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const two = (value: number): string => String(value).padStart(2, "0");
  const digits = (length: number): string => Array.from({ length }, () => whole(0, 9)).join("");
  const hex = (length: number): string => Array.from({ length }, () => whole(0, 15).toString(16)).join("");
  const words = (from: string[], least: number, most: number): string =>
    Array.from({ length: whole(least, most) }, () => pick(from)).join(" ");
  const day = (first = 2015, last = 2025): [number, string, string] => [
    whole(first, last),
    two(whole(1, 12)),
    two(whole(1, 28)),
  ];
  const money = (): number => Math.round(10 ** (1 + random() * 3) * 100) / 100;
  const pool = pools[kind];
  if (pool) return pick(pool);
  switch (kind) {
    case "id":
      return row + 1 + (argument ? Number(argument) : 0);
    case "int": {
      const [from, to] = argument.split("-").map(Number);
      return whole(from!, to!);
    }
    case "enum":
      return pick(argument.split("/"));
    case "bool":
      return random() < 0.4;
    case "yn":
      return random() < 0.4 ? "Y" : "N";
    case "percent":
      return whole(0, 20) * 5;
    case "score":
      return Math.round(random() * 50) / 10;
    case "money":
      return money();
    case "moneyText":
      return money()
        .toFixed(2)
        .replace(".", ",")
        .replace(/(\d)(\d{3}),/, "$1.$2,");
    case "weight":
      return Math.round(random() * 2000) / 100;
    case "dim":
      return Math.round(random() * 1000) / 10;
    case "lat":
      return Math.round((40 + random() * 5) * 1e6) / 1e6;
    case "lon":
      return Math.round((-88 + random() * 15) * 1e6) / 1e6;
    case "full":
      return `${pick(pools.given!)} ${pick(pools.family!)}`;
    case "ruFull":
      return `${pick(pools.ruFamily!)} ${pick(pools.ruGiven!)} ${pick(pools.ruPatr!)}`;
    case "login":
      return `${pick(pools.given!).toLowerCase()}${whole(1, 99)}`;
    case "email":
      return `${pick(pools.given!).toLowerCase()}.${pick(pools.family!).toLowerCase()}@${pick(["example.com", "mail.test", "post.example"])}`;
    case "phone":
      return pick([
        `+49 30 ${digits(7)}`,
        `(212) 555-${digits(4)}`,
        `+1-312-555-${digits(4)}`,
        `+7 495 ${digits(3)}-${digits(2)}-${digits(2)}`,
      ]);
    case "streetName":
      return `${pick(streets)} Street`;
    case "street":
      return `${whole(1, 300)} ${pick(streets)} Street`;
    case "street2":
      return `Suite ${whole(1, 90)}`;
    case "ruStreet":
      return `ул. ${pick(ruStreets)}, ${whole(1, 90)}`;
    case "postal":
      return digits(5);
    case "company":
      return `${pick(pools.family!)} ${pick(["Ltd", "GmbH", "Inc", "Group", "& Sons"])}`;
    case "ruCompany":
      return `ООО "${pick(["Вектор", "Заря", "Горизонт", "Север", "Альфа", "Маяк"])}-${whole(1, 99)}"`;
    case "url":
      return `https://www.${pick(pools.family!).toLowerCase()}${whole(1, 99)}.example/`;
    case "img":
      return `https://cdn.example/${hex(8)}.jpg`;
    case "slug":
      return `${pick(adjectives)}-${pick(nouns)}-${whole(1, 99)}`;
    case "product":
      return `${pick(adjectives)} ${pick(nouns)} ${whole(1, 90)}`.replace(/^./, (c) => c.toUpperCase());
    case "ruProduct":
      return `${pick(ruNouns)} ${pick(pools.brand!)} ${whole(1, 90)}`;
    case "words":
      return words(verbs, 2, 4);
    case "text":
      return words(verbs, 8, 20);
    case "ruText":
      return words(ruVerbs, 5, 14);
    case "sku":
      return `${pick(list("AB,KX,ZT,MN"))}-${digits(5)}`;
    case "ean":
      return `40${digits(11)}`;
    case "hash":
      return hex(18);
    case "uuid":
      return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
    case "ip":
      return Array.from({ length: 4 }, () => whole(1, 254)).join(".");
    case "inn":
      return `77${digits(8)}`;
    case "kpp":
      return `7701${digits(5)}`;
    case "ogrn":
      return `10277${digits(8)}`;
    case "vatid":
      return `${pick(pools.cc!)}${digits(9)}`;
    case "unix":
      return whole(1_600_000_000, 1_780_000_000);
    case "date":
      return day(argument ? Number(argument) : 1960, 2024).join("-");
    case "dateEu":
      return day(1950, 2004).reverse().join(".");
    case "datetime":
      return `${day().join("-")}T${two(whole(0, 23))}:${two(whole(0, 59))}:${two(whole(0, 59))}+00:00`;
    default:
      throw new Error(`no generator for "${kind}"`);
  }
}
