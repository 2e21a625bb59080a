DROP FUNCTION amda_customers_after(uuid, integer);
DROP FUNCTION amda_user_by_stripe_customer(text);
DROP TABLE billing_invoices;
DROP TABLE billing_subscriptions;
DROP TABLE billing_checkouts;
DROP TABLE billing_customers;
