import { describe, expect, it } from "vitest";
import { parseSecrets } from "./local-secrets.js";

describe("a local secrets file", () => {
  it("holds one text for each secret, in every form that CUE has for constants", () => {
    const text = `// for this machine
Plain: "value"
"quoted-name": "a: \\"b\\" \\u00e9\\n"   // trailing
A: "1", B: "2"
Raw: #"no \\escape \\n here"#
Pem: """
\t-----BEGIN-----
\t  abc\\t=
\t-----END-----
\t"""
Empty: ""
`;
    expect(parseSecrets(text)).toEqual({
      Plain: "value",
      "quoted-name": 'a: "b" é\n',
      A: "1",
      B: "2",
      Raw: "no \\escape \\n here",
      Pem: "-----BEGIN-----\n  abc\t=\n-----END-----",
      Empty: "",
    });
  });

  it.each([
    ['A: "1"\nB: 2', /:2: expected a text in double quotes as the value of B/],
    ['A: "1"\n= "2"', /:2: expected the name of a secret/],
    ['A: "unfinished\nB: "2"', /:1: expected a text/],
    ['A: "\\(B)"', /:1: texts with/],
    ['if x { A: "1" }', /:1: expected the name of a secret/],
  ])("is refused with the line: %s", (text, message) => {
    expect(() => parseSecrets(text)).toThrow(message);
  });
});
