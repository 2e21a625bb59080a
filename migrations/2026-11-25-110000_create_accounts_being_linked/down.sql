DROP FUNCTION amda_accounts_being_linked();
