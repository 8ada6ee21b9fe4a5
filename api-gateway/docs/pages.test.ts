import { describe, expect, it } from "vitest";
import { contentSecurityPolicy, docsFile } from "./pages.js";

describe("the reference page", () => {
  it("loads nothing but files that are there", async () => {
    const page = (await docsFile(""))!.body.toString();
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    const files = links.filter((link) => link !== "/api/v1/openapi.json");
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file).toMatch(/^\/docs\//);
      expect((await docsFile(file.slice("/docs/".length)))?.body.length, file).toBeGreaterThan(0);
    }
  });

  it("has no script of its own in the page, which its policy would refuse", async () => {
    expect((await docsFile(""))!.body.toString()).not.toMatch(/<script>|<style>|\son\w+=/);
    expect(contentSecurityPolicy).toContain("script-src 'self';");
  });

  it("gives no other file of the library's package, nor of the machine", async () => {
    for (const name of ["package.json", "../swagger-ui.css", "constructor", "%2e%2e/package.json"]) {
      expect(await docsFile(name)).toBeUndefined();
    }
  });
});
