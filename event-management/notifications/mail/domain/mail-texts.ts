import type { MailLanguage, MailTemplate } from "../../../../shared/events/types.js";

/** What a mail says. Every text is a Handlebars template over the mail's values. */
export interface MailText {
  subject: string;
  /** One that comes out empty is left out. */
  paragraphs: string[];
  /** Links shown below the text, each where its value is given. */
  links?: { label: string; value: "url" | "resetUrl" }[];
}

const english: Record<MailTemplate, MailText> = {
  "verify-email": {
    subject: "Confirm your e-mail address",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "Please confirm that this address is yours.",
      "{{#if expiresAt}}The link works until {{expiresAt}}.{{/if}}",
      "If you did not sign up for Axion, ignore this mail.",
    ],
    links: [{ label: "Confirm the address", value: "url" }],
  },
  "reset-password": {
    subject: "Choose a new password",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "Somebody, probably you, asked for a new password for your Axion account.",
      "{{#if expiresAt}}The link works once, until {{expiresAt}}.{{else}}The link works once.{{/if}}",
      "If it was not you, ignore this mail: your password stays as it is.",
    ],
    links: [{ label: "Choose a new password", value: "url" }],
  },
  invitation: {
    subject: "Invitation to {{organization}} on Axion",
    paragraphs: [
      "Hello,",
      "{{#if inviter}}{{inviter}} invites you{{else}}You are invited{{/if}} to join {{organization}} on Axion{{#if role}} as {{role}}{{/if}}.",
      "{{#if expiresAt}}The invitation holds until {{expiresAt}}.{{/if}}",
      "If you do not know what this is about, ignore this mail.",
    ],
    links: [{ label: "See the invitation", value: "url" }],
  },
  "password-changed": {
    subject: "Your password was changed",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "The password of your Axion account was changed{{#if at}} on {{at}}{{/if}}{{#if ipAddress}} from the address {{ipAddress}}{{/if}}.",
      "If it was not you, choose a new password at once and end your other sessions.",
    ],
    links: [{ label: "Choose a new password", value: "resetUrl" }],
  },
  "account-exists": {
    subject: "You already have an account",
    paragraphs: [
      "Hello,",
      "Somebody, probably you, tried to sign up for Axion with this address. It has an account already, and nothing was changed.",
      "If it was not you, ignore this mail.",
    ],
    links: [
      { label: "Sign in", value: "url" },
      { label: "Choose a new password", value: "resetUrl" },
    ],
  },
  "sign-in-locked": {
    subject: "Sign-in to your account is locked",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "Someone tried wrong passwords for your Axion account too often{{#if ipAddress}}, last from the address {{ipAddress}}{{/if}}. Sign-in is locked{{#if minutes}} for {{minutes}} min{{else}} for a while{{/if}}.",
      "If it was not you, your password was not guessed, and there is nothing you have to do.",
    ],
    links: [{ label: "Choose a new password", value: "resetUrl" }],
  },
  "two-factor-changed": {
    subject: "Two-factor sign-in was {{#if enabled}}switched on{{else}}switched off{{/if}}",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "Two-factor sign-in for your Axion account was {{#if enabled}}switched on{{else}}switched off{{/if}}{{#if at}} on {{at}}{{/if}}.",
      "If it was not you, choose a new password at once and end your other sessions.",
    ],
  },
  "api-key-created": {
    subject: "A new API key for {{organization}}",
    paragraphs: [
      "Hello{{#if name}} {{name}}{{/if}},",
      "The API key {{key}} was made in your name for the organization {{organization}}{{#if at}} on {{at}}{{/if}}{{#if permissions}}. It may do this: {{permissions}}{{/if}}.",
      "If it was not you, revoke the key, choose a new password and end your other sessions.",
    ],
  },
  "tenant-deletion-requested": {
    subject: "{{organization}} will be deleted",
    paragraphs: [
      "Hello,",
      "{{#if requestedBy}}{{requestedBy}} has asked to delete{{else}}It was asked to delete{{/if}} the organization {{organization}} with all of its data. This happens on {{purgeAt}}.",
      "Until then an owner can take it back; afterwards nobody can.",
    ],
    links: [{ label: "See the organization", value: "url" }],
  },
};

const russian: Record<MailTemplate, MailText> = {
  "verify-email": {
    subject: "Подтвердите адрес электронной почты",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "Подтвердите, что этот адрес принадлежит вам.",
      "{{#if expiresAt}}Ссылка действует до {{expiresAt}}.{{/if}}",
      "Если вы не регистрировались в Axion, не обращайте внимания на это письмо.",
    ],
    links: [{ label: "Подтвердить адрес", value: "url" }],
  },
  "reset-password": {
    subject: "Выберите новый пароль",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "Кто-то (вероятно, вы) запросил новый пароль для вашей учётной записи в Axion.",
      "{{#if expiresAt}}Ссылка действует один раз, до {{expiresAt}}.{{else}}Ссылка действует один раз.{{/if}}",
      "Если это были не вы, не обращайте внимания на это письмо: пароль останется прежним.",
    ],
    links: [{ label: "Выбрать новый пароль", value: "url" }],
  },
  invitation: {
    subject: "Приглашение в {{organization}} (Axion)",
    paragraphs: [
      "Здравствуйте!",
      "{{#if inviter}}{{inviter}} приглашает вас{{else}}Вас приглашают{{/if}} в организацию {{organization}} в Axion{{#if role}}. Роль: {{role}}{{/if}}.",
      "{{#if expiresAt}}Приглашение действует до {{expiresAt}}.{{/if}}",
      "Если вы не знаете, о чём идёт речь, не обращайте внимания на это письмо.",
    ],
    links: [{ label: "Открыть приглашение", value: "url" }],
  },
  "password-changed": {
    subject: "Ваш пароль изменён",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "Пароль вашей учётной записи в Axion изменён{{#if at}}: {{at}}{{/if}}{{#if ipAddress}}, адрес {{ipAddress}}{{/if}}.",
      "Если это были не вы, сразу выберите новый пароль и завершите остальные сеансы.",
    ],
    links: [{ label: "Выбрать новый пароль", value: "resetUrl" }],
  },
  "account-exists": {
    subject: "У вас уже есть учётная запись",
    paragraphs: [
      "Здравствуйте!",
      "Кто-то (вероятно, вы) пытался зарегистрироваться в Axion с этим адресом. Учётная запись с ним уже есть, ничего не изменилось.",
      "Если это были не вы, не обращайте внимания на это письмо.",
    ],
    links: [
      { label: "Войти", value: "url" },
      { label: "Выбрать новый пароль", value: "resetUrl" },
    ],
  },
  "sign-in-locked": {
    subject: "Вход в вашу учётную запись заблокирован",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "Для вашей учётной записи в Axion слишком часто вводили неверный пароль{{#if ipAddress}}, последний раз с адреса {{ipAddress}}{{/if}}. Вход заблокирован{{#if minutes}} на {{minutes}} мин.{{else}} на некоторое время.{{/if}}",
      "Если это были не вы, пароль не подобран, и делать ничего не нужно.",
    ],
    links: [{ label: "Выбрать новый пароль", value: "resetUrl" }],
  },
  "two-factor-changed": {
    subject: "Двухфакторный вход {{#if enabled}}включён{{else}}выключен{{/if}}",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "Двухфакторный вход в вашу учётную запись в Axion {{#if enabled}}включён{{else}}выключен{{/if}}{{#if at}}: {{at}}{{/if}}.",
      "Если это были не вы, сразу выберите новый пароль и завершите остальные сеансы.",
    ],
  },
  "api-key-created": {
    subject: "Новый ключ API для {{organization}}",
    paragraphs: [
      "Здравствуйте{{#if name}}, {{name}}{{/if}}!",
      "От вашего имени создан ключ API {{key}} для организации {{organization}}{{#if at}}, время: {{at}}{{/if}}{{#if permissions}}. Его права: {{permissions}}{{/if}}.",
      "Если это были не вы, отзовите ключ, смените пароль и завершите другие сеансы.",
    ],
  },
  "tenant-deletion-requested": {
    subject: "Организация {{organization}} будет удалена",
    paragraphs: [
      "Здравствуйте!",
      "{{#if requestedBy}}Удаление организации {{organization}} запросил(а) {{requestedBy}}.{{else}}Запрошено удаление организации {{organization}}.{{/if}} Все её данные будут удалены: {{purgeAt}}.",
      "До этого времени владелец может отменить удаление, после него уже никто.",
    ],
    links: [{ label: "Открыть организацию", value: "url" }],
  },
};

/** What each mail says, by language. */
export const mailTexts: Record<MailLanguage, Record<MailTemplate, MailText>> = { en: english, ru: russian };
