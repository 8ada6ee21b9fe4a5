import {
  type api_gateway,
  type audit,
  type Client,
  ErrCode,
  type entity_conversion,
  isAPIError,
} from "../axion-client.js";

type Rule = entity_conversion.Rule;
type RuleDefinition = entity_conversion.RuleDefinitionInput;

/** Why a rule was refused: each problem with the place in the definition that it is about. */
export class RuleRefused extends Error {
  constructor(readonly problems: entity_conversion.RuleProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.name = "RuleRefused";
  }
}

/** Somebody else saved the rule since it was read; read it again. */
export class RuleChanged extends Error {
  constructor(ruleId: string) {
    super(`The rule ${ruleId} has been changed since it was read.`);
    this.name = "RuleChanged";
  }
}

/**
 * What a screen for conversion rules needs, over the public API: no table is read or written by the front end, and
 * the server decides what the caller may do.
 */
export class EntityConversionRulesManager {
  readonly #api: api_gateway.ServiceClient;

  constructor(client: Client) {
    this.#api = client.api_gateway;
  }

  /** A page of the rules, newest first; `nextCursor` asks for the next one. */
  async list(filter: Parameters<api_gateway.ServiceClient["listRules"]>[0] = {}): Promise<{
    rules: Rule[];
    nextCursor?: string;
  }> {
    return await this.#api.listRules(filter);
  }

  /** All rules that a filter leaves, page after page. */
  async *all(filter: { state?: Rule["state"]; search?: string } = {}): AsyncGenerator<Rule> {
    let cursor: string | undefined;
    do {
      const page = await this.#api.listRules({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.rules;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** Saves a new rule, which is active at once. `key` makes the request safe to repeat. Throws `RuleRefused`. */
  async create(definition: RuleDefinition, key: string = crypto.randomUUID()): Promise<Rule> {
    return await explained(this.#api.createRule({ definition, idempotencyKey: key }));
  }

  /** Saves a new version of a rule as it was read. Throws `RuleRefused`, or `RuleChanged` where it is not the latest. */
  async update(rule: Pick<Rule, "id" | "version">, definition: RuleDefinition): Promise<Rule> {
    return await explained(
      this.#api.updateRule(rule.id, { definition, expectedVersion: rule.version }),
      rule.id,
    );
  }

  /** Takes a rule out of use; it stays to be read. `activate` puts it to use again. */
  async retire(ruleId: string): Promise<Rule> {
    return await this.#api.retireRule(ruleId, {});
  }

  /** Puts a draft or a retired rule to use, checked against the schemas as they are now. */
  async activate(ruleId: string): Promise<Rule> {
    return await explained(this.#api.activateRule(ruleId, {}), ruleId);
  }

  /** What a rule, saved or not, would do to a record; nothing is written. */
  async preview(
    rule: { ruleId: string } | { draft: RuleDefinition },
    sourceRecordId: string,
  ): Promise<entity_conversion.PreviewConversionResponse> {
    return await explained(this.#api.previewConversion({ ...rule, sourceRecordId }));
  }

  /** Converts one record. */
  async execute(
    ruleId: string,
    sourceRecordId: string,
  ): Promise<entity_conversion.ExecuteConversionResponse> {
    return await this.#api.executeConversion({ ruleId, sourceRecordId });
  }

  /** What was done to a record, newest first. */
  async history(recordId: string): Promise<audit.AuditEntry[]> {
    const { entries } = await this.#api.getAuditTrail(recordId, {});
    return entries;
  }
}

/** Turns the answers that a form has something to say about into errors of their own. */
async function explained<T>(answer: Promise<T>, ruleId = ""): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isAPIError(error)) throw error;
    const details = error.details as { reason?: string; problems?: entity_conversion.RuleProblem[] } | null;
    if (details?.problems) throw new RuleRefused(details.problems);
    if (error.code === ErrCode.Aborted && details?.reason === "version_changed")
      throw new RuleChanged(ruleId);
    throw error;
  }
}
