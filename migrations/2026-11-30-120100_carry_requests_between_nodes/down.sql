ALTER TABLE session_questions DROP COLUMN request_id, DROP COLUMN traceparent;
ALTER TABLE account_leases DROP COLUMN asked_request, DROP COLUMN asked_trace;
