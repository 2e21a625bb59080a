-- The request for which a node asks another for an account or for a file, and its place in a trace: the logs and traces of
-- both nodes are joined by them. Ids only.
ALTER TABLE account_leases
    ADD COLUMN asked_request text CHECK (length(asked_request) <= 64),
    ADD COLUMN asked_trace text CHECK (length(asked_trace) = 55);
ALTER TABLE session_questions
    ADD COLUMN request_id text CHECK (length(request_id) <= 64),
    ADD COLUMN traceparent text CHECK (length(traceparent) = 55);
