/** Who acts, and for which tenant. */
export interface Actor {
  tenantId: string;
  userID: string;
}
