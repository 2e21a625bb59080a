DROP TABLE two_factor_methods;
