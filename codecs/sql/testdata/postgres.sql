# Statements of PostgreSQL. Each case starts with a line that names it; the text
# up to the next such line, without trailing newlines, is the input.
# postgres.golden holds what is expected.

-- @case pg-001-pgbench-select
SELECT abalance FROM pgbench_accounts WHERE aid = 42317;

-- @case pg-002-pgbench-update
UPDATE pgbench_accounts SET abalance = abalance + -1432 WHERE aid = 42317;

-- @case pg-004-pgbench-transaction
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + 55 WHERE aid = 9;
SELECT abalance FROM pgbench_accounts WHERE aid = 9;
UPDATE pgbench_tellers SET tbalance = tbalance + 55 WHERE tid = 3;
UPDATE pgbench_branches SET bbalance = bbalance + 55 WHERE bid = 1;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (3, 1, 9, 55, CURRENT_TIMESTAMP);
END;

-- @case pg-005-sysbench-range
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 5023 AND 5122;

-- @case pg-006-sysbench-distinct
SELECT DISTINCT c FROM sbtest3 WHERE id BETWEEN $1 AND $2 ORDER BY c;

-- @case pg-008-tpcc-for-update
SELECT d_next_o_id, d_tax FROM district WHERE d_id = $1 AND d_w_id = $2 FOR UPDATE;

-- @case pg-009-tpcc-stock-level
SELECT count(DISTINCT s_i_id) FROM order_line, stock WHERE ol_w_id = $1 AND ol_d_id = $2 AND ol_o_id < $3 AND ol_o_id >= $3 - 20 AND s_w_id = $1 AND s_i_id = ol_i_id AND s_quantity < $4;

-- @case pg-010-sqlcommenter
SELECT * FROM app.orders WHERE id = $1 /*application='shop%20api',controller='orders',route='%2Forders%2F%7Bid%7D',traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/;

-- @case pg-012-subqueries
SELECT a.x, (SELECT max(y) FROM b WHERE b.a_id = a.id) AS m
FROM a
WHERE EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id)
  AND a.k IN (SELECT k FROM d)
  AND a.z > ALL (SELECT z FROM e);

-- @case pg-013-lateral
SELECT u.id, p.* FROM users u CROSS JOIN LATERAL (SELECT title FROM posts WHERE posts.user_id = u.id ORDER BY created_at DESC LIMIT 3) p;

-- @case pg-014-set-operations
(SELECT id FROM t1 UNION ALL SELECT id FROM t2) EXCEPT SELECT id FROM t3 ORDER BY 1 LIMIT 10 OFFSET 5;

-- @case pg-016-grouping-sets
SELECT region, product, sum(amount) FROM sales GROUP BY GROUPING SETS ((region, product), (region), ()) HAVING sum(amount) > 1000;

-- @case pg-017-values
VALUES (1, 'one'), (2, 'two'), (3, 'three');

-- @case pg-018-table-command
TABLE inventory.items;

-- @case pg-020-json-operators
SELECT data->'a'->>'b', data #>> '{x,0,y}' FROM docs WHERE data @> '{"k": 1}' AND data ? 'tag' AND data ?| array['p','q'] AND tags && ARRAY['z']::text[];

-- @case pg-021-json-table
SELECT jt.* FROM films_raw f, JSON_TABLE(f.js, '$.favorites[*]' COLUMNS (id FOR ORDINALITY, kind text PATH '$.kind', NESTED PATH '$.films[*]' COLUMNS (title text PATH '$.title'))) AS jt;

-- @case pg-022-dollar-quoting
SELECT $$it's; DROP TABLE users; --$$, $tag$ nested $$ body $$ ; SELECT * FROM secrets $tag$ FROM notes;

-- @case pg-024-nested-comments
SELECT 1 /* outer /* inner FROM hidden1 */ still comment FROM hidden2 */ FROM visible -- FROM hidden3
WHERE x = 1;

-- @case pg-025-unicode-identifiers
SELECT "ключ" FROM U&"d\0061t\+000061" JOIN таблица ON true;

-- @case pg-026-regclass-literal
SELECT 'users'::regclass, to_regclass('public.accounts');

-- @case pg-028-data-modifying-cte
WITH moved AS (DELETE FROM queue.jobs WHERE done RETURNING *),
     logged AS (INSERT INTO audit_log SELECT id, now() FROM moved RETURNING id)
SELECT count(*) FROM logged JOIN users ON users.id = logged.id;

-- @case pg-029-cte-shadows-table
WITH accounts AS (SELECT id FROM accounts WHERE active) SELECT * FROM accounts;

-- @case pg-030-cte-scope-ends
SELECT * FROM (WITH s AS (SELECT 1 AS x FROM base) SELECT x FROM s) q, s;

-- @case pg-032-cte-target-is-table
WITH t AS (SELECT id FROM src) INSERT INTO t SELECT id FROM t;

-- @case pg-033-upsert
INSERT INTO inventory.stock AS s (sku, qty) VALUES ('A-1', 5), ('B-2', DEFAULT)
ON CONFLICT (sku) WHERE qty > 0 DO UPDATE SET qty = s.qty + EXCLUDED.qty WHERE s.locked = false RETURNING sku, qty;

-- @case pg-034-insert-select
INSERT INTO archive.events OVERRIDING SYSTEM VALUE SELECT e.* FROM public.events e WHERE tenant_id NOT IN (SELECT id FROM tenants);

-- @case pg-036-update-self-join
UPDATE emp SET (salary, bonus) = (SELECT m.salary, m.bonus FROM emp m WHERE m.id = emp.manager_id) WHERE id = 5 RETURNING *;

-- @case pg-037-delete-using
DELETE FROM ONLY sessions s USING users u LEFT JOIN tokens t ON t.user_id = u.id WHERE s.user_id = u.id AND u.disabled;

-- @case pg-038-where-current-of
UPDATE films SET kind = 'Dramatic' WHERE CURRENT OF c_films;

-- @case pg-040-merge-returning
WITH src AS (SELECT id, v FROM acct.feed)
MERGE INTO acct.balance AS t USING (SELECT * FROM src WHERE v > 0) AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET v = s.v
WHEN NOT MATCHED BY SOURCE THEN DELETE
WHEN NOT MATCHED BY TARGET THEN INSERT (id, v) VALUES (s.id, s.v)
RETURNING merge_action(), t.*;

-- @case pg-041-returning-old-new
UPDATE prices SET amount = amount * 1.1 WHERE id = 3 RETURNING WITH (OLD AS o, NEW AS n) o.amount, n.amount;

-- @case pg-042-copy-from-stdin
COPY public.measurements (ts, value) FROM STDIN WITH (FORMAT csv, HEADER true, DELIMITER ';');

-- @case pg-044-copy-table-to-program
COPY payroll TO PROGRAM 'gzip > /tmp/payroll.gz';

-- @case pg-045-copy-dml-returning
COPY (DELETE FROM jobs WHERE done RETURNING *) TO STDOUT;

-- @case pg-046-truncate
TRUNCATE TABLE ONLY a, sch.b RESTART IDENTITY CASCADE;

-- @case pg-048-create-table-as
CREATE TABLE IF NOT EXISTS report.daily AS WITH c AS (SELECT id FROM customers) SELECT o.* FROM orders o JOIN c USING (id) WITH NO DATA;

-- @case pg-049-create-table
CREATE TABLE shop.items (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vendor_id int NOT NULL REFERENCES shop.vendors (id) ON DELETE CASCADE,
  price numeric(10,2) CHECK (price > 0) DEFAULT 9.99,
  LIKE template INCLUDING ALL,
  CONSTRAINT u UNIQUE NULLS NOT DISTINCT (vendor_id, price)
) INHERITS (legacy.parent);

-- @case pg-050-create-partition
CREATE TABLE events_2026_01 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

-- @case pg-052-drop-tables
DROP TABLE IF EXISTS a.b, "c" CASCADE;

-- @case pg-053-create-view
CREATE OR REPLACE VIEW v_active WITH (security_barrier) AS SELECT u.* FROM users u JOIN roles r ON r.id = u.role WHERE u.active WITH CASCADED CHECK OPTION;

-- @case pg-054-materialized-view
CREATE MATERIALIZED VIEW mv_sales AS SELECT region, sum(x) FROM sales GROUP BY 1;
REFRESH MATERIALIZED VIEW CONCURRENTLY mv_sales;

-- @case pg-056-create-function
CREATE OR REPLACE FUNCTION bump(p_id int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $fn$
BEGIN
  UPDATE counters SET n = n + 1 WHERE id = p_id;
  EXECUTE format('DELETE FROM %I', 'tmp');
END $fn$;

-- @case pg-057-create-function-atomic
CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC INSERT INTO audit VALUES (a); SELECT count(*) FROM accounts WHERE id = a; END;

-- @case pg-058-create-trigger
CREATE TRIGGER trg BEFORE INSERT OR UPDATE OF total ON app.orders FOR EACH ROW WHEN (NEW.total > 100) EXECUTE FUNCTION audit_row('x');

-- @case pg-060-create-policy
CREATE POLICY p ON docs FOR SELECT TO app_user USING (owner IN (SELECT uid FROM memberships WHERE grp = current_user));

-- @case pg-061-grant
GRANT SELECT, INSERT (id, total), UPDATE ON TABLE app.orders, app.items TO reporting, PUBLIC WITH GRANT OPTION;

-- @case pg-062-grant-role
GRANT admin TO alice WITH ADMIN OPTION;

-- @case pg-064-prepare
PREPARE get_user (int, text) AS SELECT * FROM users WHERE id = $1 AND name = $2;

-- @case pg-065-execute
EXECUTE get_user (42, 'o''brien');

-- @case pg-066-deallocate
DEALLOCATE ALL; DISCARD ALL;

-- @case pg-068-explain-analyze
EXPLAIN (ANALYZE, BUFFERS) DELETE FROM orders WHERE cid IN (SELECT id FROM blacklist);

-- @case pg-069-explain-analyze-old
EXPLAIN ANALYZE VERBOSE UPDATE orders SET x = 1;

-- @case pg-070-do-block
DO LANGUAGE plpgsql $body$ BEGIN PERFORM pg_sleep(1); DELETE FROM users; END $body$;

-- @case pg-072-set-show
SET search_path TO tenant_7, public; SET LOCAL statement_timeout = '5s'; SET SESSION AUTHORIZATION 'bob'; SHOW server_version; RESET ROLE;

-- @case pg-073-transaction-control
START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SAVEPOINT s1; ROLLBACK TO SAVEPOINT s1; RELEASE s1; ABORT AND CHAIN; PREPARE TRANSACTION 'gid-1';

-- @case pg-074-cursor
DECLARE c1 INSENSITIVE SCROLL CURSOR WITH HOLD FOR SELECT * FROM big.table1; FETCH FORWARD 100 FROM c1; CLOSE c1;

-- @case pg-076-lock-vacuum
LOCK TABLE a, ONLY b.c IN ACCESS EXCLUSIVE MODE NOWAIT; VACUUM (FULL, ANALYZE) a (x, y); ANALYZE b.c; REINDEX TABLE CONCURRENTLY a; CLUSTER a USING a_ix;

-- @case pg-077-injection
SELECT * FROM users WHERE name = 'x'; DROP TABLE users; --';

-- @case pg-078-empty
;; /* nothing */ ;

-- @case pg-080-xmltable-casts
SELECT x.*, CAST(a AS timestamp(3) with time zone), b::numeric(10,2), interval '1' day, extract(epoch FROM ts), position('a' IN s), trim(both 'x' FROM s), substring(s FROM 2 FOR 3), a AT TIME ZONE 'UTC'
FROM xmldata, XMLTABLE('//ROWS/ROW' PASSING data COLUMNS id int PATH '@id', name text PATH 'NAME' DEFAULT 'none') AS x;

-- @case pg-081-foreign-table
CREATE FOREIGN TABLE remote_users (id int) SERVER s1 OPTIONS (table_name 'users'); IMPORT FOREIGN SCHEMA public LIMIT TO (a, b) FROM SERVER s1 INTO local;

-- @case pg-082-alter-system
ALTER SYSTEM SET log_statement = 'none'; CREATE EXTENSION IF NOT EXISTS dblink;

-- @case pg-084-comment-rename
COMMENT ON TABLE app.orders IS 'the orders; see users'; ALTER TABLE app.orders RENAME TO orders_old;

-- @case pg-085-case-and-keywords
select "user"."id", T."A" fRoM "user", "Table" t, Value WHERE "user".id=t.id;

-- @case pg-086-leading-comment-sqlcommenter
/* first */ /*db_driver='pgx'*/ -- line
INSERT INTO t DEFAULT VALUES;

-- @case pg-088-operators
SELECT a <-> b, @ -5, 2 ^ 3, a !~* 'x', b OPERATOR(pg_catalog.+) 1, c ->> 'k', -1 --1
FROM t WHERE p <@ q AND r -|- s;

-- @case pg-089-create-sequence-nextval
CREATE SEQUENCE app.seq1 START 100 OWNED BY NONE; SELECT nextval('app.seq1');

-- @case pg-090-alter-default-privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO r; GRANT ALL ON ALL TABLES IN SCHEMA app TO r;

-- @case pg-902-unterminated-comment
SELECT * FROM users /* a /* b */

-- @case pg-903-misspelled
SELEC * FROM users

-- @case pg-904-unbalanced
SELECT (1 + 2 FROM users

-- @case pg-906-good-then-bad
DELETE FROM users; SELECT FROM WHERE

-- @case pg-907-mysql-syntax
SELECT * FROM `users` LIMIT 1, 2

-- @case pg-908-unterminated-ident
SELECT "abc FROM users
