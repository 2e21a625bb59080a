DROP FUNCTION amda_protect(regclass, text);
DROP FUNCTION amda_user();
