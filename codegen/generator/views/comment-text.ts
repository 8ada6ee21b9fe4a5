/** A text of the model as a comment can hold it: on one line, and unable to end the comment. */
export function commentText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, " ")
    .replaceAll("*/", "*\\/")
    .trim();
}
