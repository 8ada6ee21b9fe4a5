import { z } from "zod";
import type { MailLanguage, MailTemplate } from "../../../../shared/events/types.js";

const link = z.url({ protocol: /^https?$/ }).max(2_000);
const instant = z.iso.datetime({ offset: true });
/** One line without characters that are not shown: names come from people, and stand in mails to others. */
const line = z.string().transform((value) =>
  value
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 200),
);

const values = {
  name: line.optional(),
  expiresAt: instant.optional(),
  at: instant.optional(),
  ipAddress: line.optional(),
  url: link.optional(),
  resetUrl: link.optional(),
};

const dataSchemas = {
  "verify-email": z.object({ ...values, url: link }),
  "reset-password": z.object({ ...values, url: link }),
  invitation: z.object({
    url: link,
    organization: line,
    inviter: line.optional(),
    role: line.optional(),
    expiresAt: values.expiresAt,
  }),
  "password-changed": z.object(values),
  "account-exists": z.object({ url: values.url, resetUrl: values.resetUrl }),
  "sign-in-locked": z.object({ ...values, minutes: line.optional() }),
  "two-factor-changed": z.object({ ...values, change: z.enum(["enabled", "disabled"]) }),
  "api-key-created": z.object({
    ...values,
    key: line,
    organization: line,
    permissions: line.optional(),
  }),
  "tenant-deletion-requested": z.object({
    organization: line,
    purgeAt: instant,
    requestedBy: line.optional(),
    url: values.url,
  }),
} satisfies Record<MailTemplate, z.ZodType>;

/** The templates that this consumer knows. */
export function isKnownTemplate(template: string): template is MailTemplate {
  return Object.hasOwn(dataSchemas, template);
}

const addressSchema = z.object({
  to: z.email().max(254),
  language: z.enum(["en", "ru"]).default("en"),
});

/** A request whose values are known to be fit for its template. */
export interface CheckedMailRequest {
  to: string;
  template: MailTemplate;
  language: MailLanguage;
  data: Record<string, string | undefined>;
}

/** Checks the address and the values that the template shows. Throws an error that names the wrong field. */
export function checkMailRequest(request: {
  to: string;
  template: MailTemplate;
  language?: string;
  data: Record<string, string>;
}): CheckedMailRequest {
  const { template } = request;
  const address = addressSchema.safeParse(request);
  const data = dataSchemas[template].safeParse(request.data);
  const issues = [
    ...(address.error?.issues.map((issue) => ({ path: issue.path, message: issue.message })) ?? []),
    ...(data.error?.issues.map((issue) => ({ path: ["data", ...issue.path], message: issue.message })) ?? []),
  ];
  if (!address.success || !data.success) {
    const reasons = issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`The mail ${template} cannot be written. ${reasons.join("; ")}`);
  }
  return { ...address.data, template, data: data.data };
}
