import type { MailLanguage } from "../../../../shared/events/types.js";

/** What people are told of one kind of event: Handlebars templates. */
export interface DefaultTexts {
  title: string;
  body: string;
}

const conversion = "{{event.sourceEntity}} → {{event.targetEntity}}";
const counts = {
  en: "{{event.converted}} converted, {{event.unchanged}} unchanged, {{event.skipped}} skipped, {{event.failed}} failed.",
  ru: "Преобразовано: {{event.converted}}, без изменений: {{event.unchanged}}, пропущено: {{event.skipped}}, с ошибкой: {{event.failed}}.",
};

const english: Record<string, DefaultTexts> = {
  "*": {
    title: "{{type}}{{#if event.name}}: {{event.name}}{{/if}}",
    body: "{{#each event}}{{@key}}: {{this}}\n{{/each}}",
  },
  "conversion-failed": {
    title: `${conversion}: a record failed`,
    body: "Record {{event.sourceRecordId}}: {{event.error}}",
  },
  "entity-converted": {
    title: `${conversion}: a record was converted`,
    body: "Record {{event.sourceRecordId}} → {{event.targetRecordId}} ({{event.outcome}}).",
  },
  "records-converted": {
    title: `${conversion}: batch {{event.batch}} of a job`,
    body: "Job {{event.jobId}} has finished its batch {{event.batch}}.",
  },
  "job-started": { title: `${conversion}: job started`, body: "Job {{event.jobId}} runs." },
  "job-completed": { title: `${conversion}: job {{event.outcome}}`, body: counts.en },
  "job-failed": {
    title: `${conversion}: job failed`,
    body: `{{#if event.error}}{{event.error}}{{else}}${counts.en}{{/if}}`,
  },
  "rule-created": { title: "Rule {{event.name}} was created", body: conversion },
  "rule-updated": {
    title: "Rule {{event.name}} was changed",
    body: `${conversion}, version {{event.ruleVersion}}.`,
  },
  "rule-activated": {
    title: "Rule {{event.name}} is in use",
    body: `${conversion}, version {{event.ruleVersion}}.`,
  },
  "rule-retired": { title: "A rule was retired", body: "Rule {{event.ruleId}} is not used any more." },
  "rule-drifted": {
    title: "{{#if event.name}}Rule {{event.name}}{{else}}A rule{{/if}} does not fit the database any more",
    body: "{{#each event.problems}}{{#if message}}{{message}}{{else}}{{this}}{{/if}}\n{{/each}}Rule {{ruleId}}.",
  },
  "trigger-capture-warned": {
    title: "Changes of {{event.dataSource}} need attention",
    body: "{{event.message}}",
  },
  "event-ingested": {
    title: "{{event.eventType}} from {{event.source}}",
    body: "{{#if event.subject}}{{event.subject}}: {{/if}}{{event.id}}",
  },
  "project-created": {
    title: "Project {{event.name}} was created",
    body: "Model version {{event.modelVersion}}.",
  },
  "generation-failed": {
    title: "A project could not be generated",
    body: "Model version {{event.modelVersion}}: {{event.error}}",
  },
  "deployment-failed": {
    title: "A deployment failed{{#if event.service}}: {{event.service}}{{/if}}",
    body: "Model version {{event.modelVersion}}: {{event.error}}",
  },
  "deployment-rolled-back": {
    title: "A deployment was rolled back",
    body: "The deployment {{event.restoredDeploymentId}} serves on.",
  },
  "dead-letter": {
    title: "{{event.service}}: an event could not be handled",
    body: "{{event.subscription}} gave up after {{event.attempts}} attempts: {{event.error}}",
  },
  "webhook-disabled": {
    title: "A webhook was disabled",
    body: "{{event.url}}: {{event.reason}} Enable it when its receiver works again.",
  },
};

const russian: Record<string, DefaultTexts> = {
  "*": {
    title: "{{type}}{{#if event.name}}: {{event.name}}{{/if}}",
    body: "{{#each event}}{{@key}}: {{this}}\n{{/each}}",
  },
  "conversion-failed": {
    title: `${conversion}: ошибка записи`,
    body: "Запись {{event.sourceRecordId}}: {{event.error}}",
  },
  "entity-converted": {
    title: `${conversion}: запись преобразована`,
    body: "Запись {{event.sourceRecordId}} → {{event.targetRecordId}} ({{event.outcome}}).",
  },
  "records-converted": {
    title: `${conversion}: пакет {{event.batch}} задания`,
    body: "Задание {{event.jobId}} завершило пакет {{event.batch}}.",
  },
  "job-started": { title: `${conversion}: задание запущено`, body: "Задание {{event.jobId}} выполняется." },
  "job-completed": {
    title: `${conversion}: задание {{#if (eq event.outcome "cancelled")}}отменено{{else}}завершено{{/if}}`,
    body: counts.ru,
  },
  "job-failed": {
    title: `${conversion}: задание завершилось ошибкой`,
    body: `{{#if event.error}}{{event.error}}{{else}}${counts.ru}{{/if}}`,
  },
  "rule-created": { title: "Создано правило {{event.name}}", body: conversion },
  "rule-updated": {
    title: "Изменено правило {{event.name}}",
    body: `${conversion}, версия {{event.ruleVersion}}.`,
  },
  "rule-activated": {
    title: "Правило {{event.name}} введено в действие",
    body: `${conversion}, версия {{event.ruleVersion}}.`,
  },
  "rule-retired": {
    title: "Правило выведено из использования",
    body: "Правило {{event.ruleId}} больше не используется.",
  },
  "rule-drifted": {
    title: "Правило {{event.name}} больше не соответствует базе данных",
    body: "{{#each event.problems}}{{#if message}}{{message}}{{else}}{{this}}{{/if}}\n{{/each}}Правило {{ruleId}}.",
  },
  "trigger-capture-warned": {
    title: "Изменения источника {{event.dataSource}} требуют внимания",
    body: "{{event.message}}",
  },
  "event-ingested": {
    title: "{{event.eventType}}, источник {{event.source}}",
    body: "{{#if event.subject}}{{event.subject}}: {{/if}}{{event.id}}",
  },
  "project-created": {
    title: "Создан проект {{event.name}}",
    body: "Версия модели: {{event.modelVersion}}.",
  },
  "generation-failed": {
    title: "Проект не удалось сгенерировать",
    body: "Версия модели {{event.modelVersion}}: {{event.error}}",
  },
  "deployment-failed": {
    title: "Ошибка развёртывания{{#if event.service}}: {{event.service}}{{/if}}",
    body: "Версия модели {{event.modelVersion}}: {{event.error}}",
  },
  "deployment-rolled-back": {
    title: "Развёртывание отменено",
    body: "Продолжает работать развёртывание {{event.restoredDeploymentId}}.",
  },
  "dead-letter": {
    title: "{{event.service}}: событие не обработано",
    body: "{{event.subscription}}: попыток {{event.attempts}}, ошибка: {{event.error}}",
  },
  "webhook-disabled": {
    title: "Вебхук отключён",
    body: "{{event.url}}: {{event.reason}} Включите его, когда получатель снова заработает.",
  },
};

/** What people are told where the tenant has written nothing else, by language and kind of event. */
export const defaultTexts: Record<MailLanguage, Record<string, DefaultTexts>> = { en: english, ru: russian };

/** The built-in texts of a kind of event. */
export function defaultTextsOf(eventType: string, language: MailLanguage): DefaultTexts {
  const texts = defaultTexts[language];
  return Object.hasOwn(texts, eventType) ? texts[eventType]! : texts["*"]!;
}
