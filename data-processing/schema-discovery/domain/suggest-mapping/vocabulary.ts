/**
 * Words that mean the same in the names of columns, English and Russian, each group under its first word.
 * Abbreviations stand beside what they abbreviate. A word belongs to one group at most.
 */
const groups: string[][] = [
  ["identifier", "id", "ident", "uid", "uuid", "guid", "key", "pk", "ид", "идентификатор", "ключ"],
  ["number", "num", "no", "nr", "nbr", "номер"],
  ["name", "nm", "title", "label", "caption", "имя", "название", "наименование", "заголовок"],
  ["first", "given", "fore", "fname"],
  ["last", "family", "surname", "sur", "lname", "фамилия"],
  ["middle", "patronymic", "отчество"],
  [
    "description",
    "desc",
    "descr",
    "details",
    "comment",
    "comments",
    "note",
    "notes",
    "remark",
    "remarks",
    "описание",
    "комментарий",
    "примечание",
  ],
  ["telephone", "phone", "tel", "mobile", "cell", "msisdn", "телефон"],
  ["email", "mail", "почта"],
  ["address", "addr", "адрес"],
  ["street", "str", "road", "улица"],
  ["house", "building", "bldg", "дом"],
  ["postal", "zip", "postcode", "zipcode", "индекс"],
  ["city", "town", "locality", "settlement", "город"],
  ["region", "state", "province", "oblast", "admin1", "область", "регион"],
  ["country", "nation", "страна"],
  ["latitude", "lat", "широта"],
  ["longitude", "lng", "lon", "long", "долгота"],
  ["quantity", "qty", "count", "cnt", "количество"],
  ["amount", "amt", "sum", "total", "сумма", "итого"],
  ["price", "cost", "rate", "цена", "стоимость"],
  ["currency", "ccy", "curr", "валюта"],
  ["date", "dt", "day", "дата"],
  ["time", "timestamp", "ts", "datetime", "время"],
  ["birth", "born", "birthday", "dob", "рождение", "рождения"],
  ["create", "created", "creation", "inserted", "added", "создан", "создания"],
  ["update", "updated", "modified", "changed", "изменен", "изменения", "обновлен"],
  ["delete", "deleted", "removed", "удален", "удаления"],
  ["begin", "start", "started", "from", "начало"],
  ["end", "finish", "finished", "until", "окончание", "конец"],
  ["status", "stage", "статус", "состояние"],
  ["type", "kind", "тип", "вид"],
  ["category", "cat", "group", "class", "категория", "группа"],
  ["company", "organization", "organisation", "org", "firm", "employer", "компания", "организация"],
  ["customer", "client", "buyer", "account", "acct", "клиент", "покупатель"],
  ["supplier", "vendor", "seller", "поставщик", "продавец"],
  ["employee", "staff", "worker", "emp", "сотрудник"],
  ["product", "item", "goods", "article", "prod", "товар", "продукт"],
  ["order", "purchase", "заказ"],
  ["invoice", "bill", "счет"],
  ["department", "dept", "div", "division", "отдел"],
  ["manager", "mgr", "boss", "supervisor", "менеджер", "руководитель"],
  ["user", "usr", "login", "username", "пользователь", "логин"],
  ["code", "cd", "код"],
  ["value", "val", "значение"],
  ["percent", "pct", "percentage", "процент"],
  ["weight", "wt", "mass", "вес", "масса"],
  ["height", "ht", "высота", "рост"],
  ["gender", "sex", "пол"],
  ["website", "web", "site", "url", "homepage", "сайт"],
  ["image", "img", "picture", "photo", "pic", "avatar", "фото", "изображение"],
  ["language", "lang", "locale", "язык"],
  ["source", "src", "origin", "источник"],
  ["reference", "ref", "ссылка"],
  ["active", "enabled", "активен"],
  ["salary", "wage", "pay", "зарплата", "оклад"],
  ["year", "yr", "год"],
  ["month", "mon", "месяц"],
  ["temporary", "temp", "tmp"],
  ["maximum", "max"],
  ["minimum", "min"],
  ["average", "avg", "mean"],
  ["tax", "vat", "налог", "ндс"],
];

/** Words that mark a table's kind of name and carry no meaning of their own. */
export const fillers = new Set([
  "the",
  "of",
  "tbl",
  "table",
  "fld",
  "field",
  "col",
  "column",
  "fk",
  "is",
  "has",
  "в",
  "и",
]);

const conceptOf = new Map(groups.flatMap((group) => group.map((word) => [word, group[0]!] as const)));

/** The word's group, or the word itself in the singular. */
export function concept(word: string): string {
  return conceptOf.get(word) ?? conceptOf.get(singular(word)) ?? singular(word);
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:[sx]|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}
