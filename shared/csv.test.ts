import { describe, expect, it } from "vitest";
import { csvLine } from "./csv.js";

describe("a line of CSV", () => {
  it("quotes separators, quotes and line ends, and ends in CRLF", () => {
    expect(csvLine(["a", 'say "no"', "x,y", "two\nlines", "", "Ü😀"])).toBe(
      'a,"say ""no""","x,y","two\nlines",,Ü😀\r\n',
    );
  });

  it("keeps spreadsheets from running what a record holds", () => {
    for (const text of ["=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1"]) {
      expect(csvLine([text])).toBe(`'${text}\r\n`);
    }
    expect(csvLine(['=HYPERLINK("http://x","y")'])).toBe('"\'=HYPERLINK(""http://x"",""y"")"\r\n');
    expect(csvLine(["\r=1"])).toBe('"\'\r=1"\r\n');
  });

  it("leaves numbers as they are", () => {
    expect(csvLine(["-5", "+7", "-1.25"])).toBe("-5,+7,-1.25\r\n");
  });
});
