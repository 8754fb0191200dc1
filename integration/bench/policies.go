package main

// policies allow what the workloads do, by the names of their tables or keys, and deny the rest.
var policies = map[protocol]string{postgres: postgresPolicy, redis: redisPolicy}

const postgresPolicy = `statements:
  default: deny
  rules:
    - {name: read-accounts, effect: allow, operations: SELECT, accesses: {verbs: read, kind: table, names: public.pgbench_accounts}}
    - {name: write-accounts, effect: allow, users: "app_*", operations: [INSERT, UPDATE, DELETE], accesses: {kind: table, names: public.pgbench_accounts}}
    - {name: tellers-and-branches, effect: allow, accesses: {verbs: [read, write], kind: table, names: [public.pgbench_tellers, public.pgbench_branches]}}
    - {name: append-history, effect: allow, operations: INSERT, accesses: {verbs: write, kind: table, names: public.pgbench_history}}
    - {name: bench-tables, effect: allow, accesses: {verbs: read, kind: table, names: "public.bench_*"}}
    - {name: catalogs, effect: allow, accesses: {verbs: read, kind: table, names: "pg_catalog.*"}}
    - {name: no-payroll, effect: deny, accesses: {kind: table, names: ["payroll.*", "*.salaries"]}}
    - {name: no-definitions, effect: deny, operations: ["CREATE_*", "ALTER_*", "DROP_*", TRUNCATE]}
`

// What the workloads do is allowed by an ACL.
const redisPolicy = `statements:
  default: deny
  rules:
    - {name: bench, acl: "+@read +@write -@dangerous +ping ~key:* %R~bench:* ~counter:* (+@pubsub &news:*)"}
    - {name: shop, users: "shop_*", acl: "+@all -@dangerous ~cart:* ~order:* ~session:*"}
    - {name: sessions, effect: allow, users: "web_*", accesses: {verbs: [read, write], kind: key, names: ["session:*", "cart:*"]}}
    - {name: jobs, effect: allow, users: worker, operations: [LPUSH, RPOP, BRPOP], accesses: {kind: key, names: "jobs:*"}}
    - {name: news, effect: allow, accesses: {verbs: [publish, subscribe], kind: channel, names: "news.*"}}
    - {name: watching, effect: allow, users: monitor, operations: [INFO, "CLIENT_*"]}
    - {name: no-secrets, effect: deny, accesses: {kind: key, names: ["secret:*", "*:password"]}}
    - {name: no-flushing, effect: deny, operations: ["FLUSH*", SHUTDOWN, "DEBUG*"]}
`
