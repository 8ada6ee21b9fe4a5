/** Abbreviations in column names → the words they stand for. */
const abbreviations: Record<string, string> = {
  acct: "account",
  addr: "address",
  amt: "amount",
  avg: "average",
  bal: "balance",
  bday: "birth date",
  birthdate: "birth date",
  birthday: "birth date",
  cat: "category",
  cd: "code",
  cnt: "count",
  co: "company",
  comp: "company",
  ctry: "country",
  cust: "customer",
  dept: "department",
  desc: "description",
  descr: "description",
  dob: "birth date",
  dt: "date",
  emp: "employee",
  fname: "first name",
  firstname: "first name",
  forename: "first name",
  fullname: "full name",
  givenname: "first name",
  grp: "group",
  img: "image",
  inv: "invoice",
  lang: "language",
  lat: "latitude",
  lname: "last name",
  lastname: "last name",
  lng: "longitude",
  lon: "longitude",
  long: "longitude",
  loc: "location",
  max: "maximum",
  mgr: "manager",
  mid: "middle",
  min: "minimum",
  mob: "mobile",
  msg: "message",
  nbr: "number",
  no: "number",
  num: "number",
  org: "organization",
  pct: "percent",
  ph: "phone",
  pos: "position",
  postcode: "postal code",
  prod: "product",
  pwd: "password",
  qty: "quantity",
  ref: "reference",
  seq: "sequence",
  st: "street",
  stat: "status",
  surname: "last name",
  tel: "phone",
  telno: "phone number",
  ts: "timestamp",
  txt: "text",
  usr: "user",
  val: "value",
  yr: "year",
  zip: "postal code",
  zipcode: "postal code",
};

/** Words of one meaning, English and Russian; the first stands for all. */
const synonyms: string[][] = [
  ["name", "title", "label", "caption", "имя", "название", "наименование"],
  ["identifier", "id", "key", "uid", "uuid", "guid", "ид", "идентификатор", "код"],
  ["phone", "telephone", "mobile", "cell", "cellphone", "телефон", "тел"],
  ["email", "mail", "почта", "емейл"],
  [
    "company",
    "organization",
    "organisation",
    "firm",
    "employer",
    "account",
    "компания",
    "организация",
    "фирма",
  ],
  ["person", "customer", "client", "contact", "buyer", "клиент", "покупатель", "контакт", "заказчик"],
  ["address", "street", "адрес", "улица"],
  ["city", "town", "locality", "municipality", "город"],
  ["country", "nation", "страна"],
  ["region", "state", "province", "county", "область", "регион"],
  ["postal", "post", "индекс", "почтовый"],
  ["amount", "sum", "total", "value", "price", "cost", "сумма", "итого", "цена", "стоимость"],
  ["quantity", "count", "количество", "колво", "кол"],
  ["date", "day", "time", "timestamp", "at", "on", "дата", "время", "день"],
  ["created", "inserted", "added", "registered", "создан", "создано", "создания"],
  ["updated", "modified", "changed", "изменен", "изменено", "изменения", "обновлен"],
  ["description", "note", "notes", "comment", "remark", "details", "описание", "комментарий", "примечание"],
  ["status", "stage", "статус", "состояние"],
  ["kind", "type", "category", "class", "тип", "вид", "категория"],
  ["number", "номер"],
  ["latitude", "y", "широта"],
  ["longitude", "lgt", "x", "долгота"],
  ["first", "given", "имя1"],
  ["last", "family", "фамилия"],
  ["url", "website", "web", "site", "link", "homepage", "сайт", "ссылка"],
  ["birth", "born", "рождения", "рождение"],
  ["gender", "sex", "пол"],
  ["product", "item", "article", "goods", "sku", "товар", "продукт"],
  ["order", "purchase", "заказ"],
  ["active", "enabled", "активен", "активный"],
];

const meanings = new Map(
  synonyms.flatMap(([first = "", ...others]) => [first, ...others].map((word) => [word, first] as const)),
);

/** The words of a column or table name, in lower case, with abbreviations written out. */
export function nameTokens(name: string): string[] {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((part) => part.match(/\p{L}+|\p{N}+/gu) ?? [])
    .flatMap((token) => (abbreviations[token] ?? token).split(" "));
}

/** The word that stands for all of its meaning. */
export function meaningOf(token: string): string {
  return (
    meanings.get(token) ?? meanings.get(token.replace(/s$/, "")) ?? token.replace(/(?<=\p{L}{3})s$/u, "")
  );
}
