DROP TABLE connection_gaps;
DROP FUNCTION amda_accounts_to_run();
DROP TABLE accounts;
