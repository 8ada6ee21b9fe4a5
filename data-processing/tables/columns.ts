import { bigint, timestamp } from "drizzle-orm/pg-core";

/** A point in time. */
export const instant = (name: string) => timestamp(name, { withTimezone: true });

/** A number that only grows, from 0. */
export const counter = (name: string) => bigint(name, { mode: "number" }).notNull().default(0);
