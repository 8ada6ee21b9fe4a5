/** A file of a generated project. */
export interface GeneratedFile {
  /** From the project's folder, with `/` between segments. */
  path: string;
  text: string;
  executable?: boolean;
}
