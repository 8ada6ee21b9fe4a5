/** How much of its limits a tenant uses. */
export interface ConversionUsage {
  /** Rules that are not retired. */
  rules: number;
}
