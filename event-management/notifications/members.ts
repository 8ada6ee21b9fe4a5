import { user_management } from "~encore/clients";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import type { TenantMember } from "./domain/audience.js";

const membersOfPage = 100;
/** Members beyond this number are told in the application alone. */
const mostMembers = 10_000;

/** The tenant's members, as user-management has them now. */
export async function membersOf(tenantId: string): Promise<TenantMember[]> {
  const members: TenantMember[] = [];
  let cursor: string | undefined;
  do {
    const page = await user_management.listMembers(
      { limit: membersOfPage, ...(cursor === undefined ? {} : { cursor }) },
      { authData: systemIdentity(tenantId) },
    );
    members.push(...page.members.map(({ id, email, role }) => ({ id, email, role })));
    cursor = page.nextCursor;
  } while (cursor !== undefined && members.length < mostMembers);
  return members;
}
