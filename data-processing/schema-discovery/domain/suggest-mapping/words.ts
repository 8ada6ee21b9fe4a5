/** The words of a name: split at signs, at changes of case and between letters and digits; diacritics dropped. */
export function splitWords(name: string): string[] {
  return name
    .normalize("NFKD")
    .replace(/(?<=[A-Za-z])\p{M}+/gu, "")
    .normalize("NFKC")
    .replace(/ß/g, "ss")
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .replace(/ё/g, "е")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

const cyrillicEndings =
  /(?:иями|ыми|ими|ого|его|ому|ему|ами|ями|иях|иям|ией|ая|яя|ое|ее|ые|ие|ый|ий|ой|ам|ям|ах|ях|ов|ев|ей|ом|ем|ия|ии|ию|ую|юю|ых|их|а|я|о|е|ы|и|у|ю|ь|й)$/u;

/** The part of a word that its forms share: English plurals and Russian endings are cut off. */
export function stem(word: string): string {
  if (/\p{Script=Cyrillic}/u.test(word)) {
    const cut = word.replace(cyrillicEndings, "");
    return cut.length >= 3 ? cut : word;
  }
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:[sx]|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

const latin: Record<string, string> = Object.fromEntries(
  "а a б b в v г g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ _ ы y ь _ э e ю yu я ya"
    .split(" ")
    .reduce<[string, string][]>((pairs, each, at, all) => {
      if (at % 2 === 0) pairs.push([each, all[at + 1]!.replace("_", "")]);
      return pairs;
    }, []),
);

/** Cyrillic text in Latin letters. */
export function transliterate(word: string): string {
  return [...word].map((letter) => latin[letter] ?? letter).join("");
}

/**
 * What all usual spellings of a transliterated word have in common (`familiya`, `familija`, `familia`): digraphs
 * folded, glides and the ending dropped. Undefined where too little is left to tell words apart.
 */
export function transliterationKey(word: string): string | undefined {
  const folded = word
    .replace(/shch|sch/g, "s")
    .replace(/sh/g, "s")
    .replace(/zh/g, "z")
    .replace(/ch/g, "c")
    .replace(/kh/g, "h")
    .replace(/t[sc]/g, "c")
    .replace(/[yij]+([aeou])/g, "$1")
    .replace(/[yj]/g, "i")
    .replace(/['`]/g, "")
    .replace(/(?:ogo|ego|[aeiou])+$/, "");
  return folded.length >= 2 ? folded : undefined;
}

/** How alike two words are as they are written, 0 to 1: beginnings, abbreviations, then shared trigrams. */
export function spellingSimilarity(left: string, right: string): number {
  if (left === right) return 1;
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (/^\d+$/.test(short)) return 0;
  const share = short.length / long.length;
  if (short.length >= 3 && long.startsWith(short)) return 0.65 + 0.3 * share;
  if (short.length >= 4 && long.includes(short)) return 0.5 + 0.3 * share;
  const alike = trigramDice(left, right);
  const abbreviated = abbreviates(short, long) ? 0.55 + 0.3 * share : 0;
  return Math.max(alike < 0.4 ? 0 : alike, abbreviated);
}

/** Whether the letters of the short word stand in the long one in their order, as in `cstmr` for `customer`. */
function abbreviates(short: string, long: string): boolean {
  if (short.length < 2 || long.length < 4 || short[0] !== long[0]) return false;
  if (short.length === 2) return long.endsWith(short[1]!) && long.length <= 6;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

function trigramDice(left: string, right: string): number {
  const a = trigrams(left);
  const b = trigrams(right);
  let shared = 0;
  for (const gram of a) if (b.has(gram)) shared++;
  return (2 * shared) / (a.size + b.size);
}

function trigrams(word: string): Set<string> {
  const padded = `  ${word} `;
  const grams = new Set<string>();
  for (let at = 0; at + 3 <= padded.length; at++) grams.add(padded.slice(at, at + 3));
  return grams;
}
