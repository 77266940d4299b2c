// What an account may do, by its role. The server decides; the page only does not offer what it would refuse.
const RANKS = ["guest", "user", "viewer", "operator", "admin"];

const isAtLeast = (least: string) => (role: string | undefined) => role !== undefined && RANKS.indexOf(role) >= RANKS.indexOf(least);

/** Whether it may look at the operators' page. */
export const mayLook = isAtLeast("viewer");

/** Whether it may change pools, keys and queues there. */
export const mayChange = isAtLeast("operator");

/** Whether it may read the audit book. */
export const mayAudit = isAtLeast("admin");
