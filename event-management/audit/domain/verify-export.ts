import { contentHashOf, genesisHash } from "./chain.js";
import { csvHeading, csvOf, type ExportHeader, type ExportLine, lastCell } from "./export-lines.js";
import { isSigned, type PublishedKey } from "./signatures.js";
import { type ChainProblem, ChainVerifier } from "./verify-chain.js";

export interface ExportVerdict {
  valid: boolean;
  tenantId: string;
  entries: number;
  omitted: number;
  firstSequence: number;
  lastSequence: number;
  /** Ids of the keys that signatures were checked with. */
  keys: string[];
  problems: Pick<ChainProblem, "kind" | "sequence" | "message">[] | { kind: string; message: string }[];
}

interface Findings {
  header: ExportHeader;
  verifier: ChainVerifier;
  entries: number;
  omitted: number;
  ended: boolean;
  others: { kind: string; message: string }[];
}

/**
 * Verifies an export without any system at hand: NDJSON or CSV, line by line. `trusted` are the keys that the system
 * publishes; without them those of the file are used, which proves that the file is of one piece, not who made it.
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  trusted?: readonly PublishedKey[],
): Promise<ExportVerdict> {
  let findings: Findings | undefined;
  for await (const { line, doubt } of documentsOf(lines)) {
    if (findings === undefined) findings = begin(line, trusted);
    else follow(findings, line);
    if (doubt !== undefined) findings.others.push({ kind: "edited", message: doubt });
  }
  if (findings === undefined) throw new Error("The file is empty.");
  const { header, verifier, entries, omitted, ended, others } = findings;
  verifier.finish();
  verifier.checkEnds();
  verifier.checkTail(header.head);
  if (!ended) others.push({ kind: "cut-tail", message: "The file ends before the export did." });
  const problems = [...verifier.problems, ...others];
  return {
    valid: problems.length === 0,
    tenantId: header.tenantId,
    entries,
    omitted,
    firstSequence: (header.checkpoint?.sequence ?? 0) + 1,
    lastSequence: verifier.position.sequence,
    keys: (trusted ?? header.keys).map(({ kid }) => kid),
    problems,
  };
}

function begin(line: ExportLine, trusted: readonly PublishedKey[] | undefined): Findings {
  if (line.kind !== "header" || line.format !== "axion-audit-log" || line.version !== 1) {
    throw new Error("The first line is not the header of an export of an audit log.");
  }
  const { head, checkpoint, anchors, keys, tenantId } = line;
  const known = trusted ?? keys;
  const others: Findings["others"] = [];
  const genuine = (purpose: Parameters<typeof isSigned>[1], point: NonNullable<typeof head>) => {
    if (point.tenantId === tenantId && isSigned(known, purpose, point)) return true;
    const message = `The ${purpose} of entry ${point.sequence} is not signed by a known key.`;
    others.push({ kind: "signature-invalid", message });
    return false;
  };
  if (checkpoint) genuine("audit-checkpoint", checkpoint);
  const ends = anchors.filter((anchor) => genuine("audit-anchor", anchor));
  if (head && genuine("audit-head", head)) ends.push(head);
  const start = { sequence: checkpoint?.sequence ?? 0, hash: checkpoint?.hash ?? genesisHash };
  const verifier = new ChainVerifier(
    start,
    ends.filter(({ sequence }) => sequence > start.sequence),
  );
  return { header: line, verifier, entries: 0, omitted: 0, ended: false, others };
}

function follow(findings: Findings, line: ExportLine): void {
  const { verifier, others } = findings;
  if (findings.ended || line.kind === "header") {
    others.push({ kind: "inserted", message: "A line stands where none can." });
  } else if (line.kind === "end") {
    findings.ended = true;
    if (line.entries !== findings.entries || line.omitted !== findings.omitted) {
      others.push({ kind: "edited", message: "The last line counts other lines than there are." });
    }
  } else if (line.kind === "entry") {
    findings.entries += 1;
    const { sequence, previousHash, hash, entry } = line;
    if (entry.tenantId !== findings.header.tenantId) {
      others.push({ kind: "inserted", message: `Entry ${sequence} is of another tenant.` });
    }
    verifier.add({ sequence, previousHash, hash, contentHash: contentHashOf(entry) });
  } else {
    findings.omitted += 1;
    verifier.add(line);
  }
}

/** The documents of the file's lines. CSV is told by its heading; a record of it may span lines. */
async function* documentsOf(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ line: ExportLine; doubt?: string }> {
  const heading = csvHeading.trimEnd();
  let csv: boolean | undefined;
  let record = "";
  for await (const text of lines) {
    if (csv === undefined) {
      csv = text.replace(/\r$/, "") === heading;
      if (csv) continue;
    }
    if (!csv) {
      if (text.trim() !== "") yield { line: parseLine(text) };
      continue;
    }
    record += record === "" ? text : `\n${text}`;
    if ((record.match(/"/g)?.length ?? 0) % 2 === 1) continue;
    const whole = record.replace(/\r$/, "");
    record = "";
    if (whole === "") continue;
    const document = lastCell(whole);
    const line = parseLine(document);
    const same = csvOf(document).trimEnd() === whole;
    yield {
      line,
      ...(!same && { doubt: `The columns do not say what the document says: ${whole.slice(0, 60)}` }),
    };
  }
  if (record !== "") throw new Error("The file ends within a line.");
}

function parseLine(text: string): ExportLine {
  try {
    return JSON.parse(text) as ExportLine;
  } catch {
    throw new Error(`This is not a line of an export: ${text.slice(0, 80)}`);
  }
}
