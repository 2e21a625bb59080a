DROP FUNCTION amda_questions_to(uuid);
DROP FUNCTION amda_resting_accounts();
DROP TABLE session_questions;
DROP FUNCTION amda_orphaned_accounts();
DROP FUNCTION amda_hold_lease(uuid, bigint);
DROP TABLE account_leases;
DROP TABLE nodes;
