package sql

// trait is what the passes over a statement need to know about a keyword.
type trait uint8

const (
	reserved trait = 1 << iota // an operand or its bracket follows: "in (", "= -1"
	nests                      // may raise the syntax tree
	setOp                      // joins whole queries
	query                      // starts a query
	verb                       // may be the main verb behind WITH
	modifier                   // stands between CREATE and its object, or is noise
)

// keyword is an index of keywords; kwNone is any other word.
type keyword uint8

const (
	kwNone keyword = iota
	kwSelect
	kwWith
	kwValues
	kwTable
	kwInsert
	kwUpdate
	kwDelete
	kwMerge
	kwCreate
	kwAlter
	kwDrop
	kwBegin
	kwStart
	kwCommit
	kwEnd
	kwRollback
	kwAbort
	kwSavepoint
	kwRelease
	kwSet
	kwShow
	kwReset
	kwDiscard
	kwCopy
	kwPrepare
	kwExecute
	kwDeallocate
	kwListen
	kwUnlisten
	kwNotify
	kwVacuum
	kwAnalyze
	kwAnalyse
	kwExplain
	kwCall
	kwDo
	kwDeclare
	kwFetch
	kwMove
	kwClose
	kwTruncate
	kwGrant
	kwRevoke
	kwLock
	kwCheckpoint
	kwCluster
	kwReindex
	kwLoad
	kwComment
	kwRefresh
	kwImport
	kwSecurity
	kwReassign
	kwTransaction
	kwWork
	kwPrepared
	kwTo
	kwIndex
	kwView
	kwSequence
	kwSchema
	kwDatabase
	kwRole
	kwGroup
	kwExtension
	kwType
	kwDomain
	kwPolicy
	kwRule
	kwServer
	kwPublication
	kwSubscription
	kwCollation
	kwConversion
	kwCast
	kwOperator
	kwLanguage
	kwStatistics
	kwTablespace
	kwTransform
	kwTrigger
	kwFunction
	kwProcedure
	kwRoutine
	kwAggregate
	kwSystem
	kwOwned
	kwUser
	kwMapping
	kwMaterialized
	kwData
	kwEvent
	kwText
	kwAccess
	kwLarge
	kwPrivileges
	kwForeign
	kwReplace
	kwTemp
	kwTemporary
	kwLocal
	kwGlobal
	kwUnlogged
	kwUnique
	kwRecursive
	kwTrusted
	kwProcedural
	kwConstraint
	kwDefault
	kwOr
	kwAtomic
	kwFrom
	kwWhere
	kwBy
	kwHaving
	kwLimit
	kwOffset
	kwOn
	kwUsing
	kwInto
	kwReturning
	kwThen
	kwElse
	kwWhen
	kwAs
	kwOnly
	kwAnd
	kwNot
	kwJoin
	kwIs
	kwLike
	kwIlike
	kwSimilar
	kwBetween
	kwIn
	kwCase
	kwEscape
	kwCollate
	kwUnion
	kwIntersect
	kwExcept
	kwIsnull
	kwNotnull
	kwAt
	kwOverlaps
	kwOver
	kwFilter
	kwWithin
	kwArray
	kwAll
	kwAny
	kwSome
	kwExists
	kwDistinct
	kwLateral
	kwCount
)

// keywords has a row for each word this package treats differently from a name.
// Those PostgreSQL does not reserve may be names too; no row claims otherwise.
var keywords = [kwCount]struct {
	text   string
	traits trait
	head   string // the operation of a statement that starts with it
	next   want   // what may follow the head
	object string // behind CREATE, ALTER and DROP
}{
	kwSelect:       {text: "select", traits: reserved | nests | query | verb, head: "SELECT"},
	kwWith:         {text: "with", traits: reserved | query, head: "WITH", next: wantVerb},
	kwValues:       {text: "values", traits: reserved | query | verb, head: "SELECT"},
	kwTable:        {text: "table", traits: query, head: "SELECT", object: "TABLE"},
	kwInsert:       {text: "insert", traits: verb, head: "INSERT"},
	kwUpdate:       {text: "update", traits: verb, head: "UPDATE"},
	kwDelete:       {text: "delete", traits: verb, head: "DELETE"},
	kwMerge:        {text: "merge", traits: verb, head: "MERGE"},
	kwCreate:       {text: "create", head: "CREATE", next: wantObject},
	kwAlter:        {text: "alter", head: "ALTER", next: wantObject},
	kwDrop:         {text: "drop", head: "DROP", next: wantObject},
	kwBegin:        {text: "begin", head: "BEGIN"},
	kwStart:        {text: "start", head: "BEGIN"},
	kwCommit:       {text: "commit", head: "COMMIT", next: wantSecond},
	kwEnd:          {text: "end", head: "COMMIT"},
	kwRollback:     {text: "rollback", head: "ROLLBACK", next: wantSecond},
	kwAbort:        {text: "abort", head: "ROLLBACK"},
	kwSavepoint:    {text: "savepoint", head: "SAVEPOINT"},
	kwRelease:      {text: "release", head: "RELEASE"},
	kwSet:          {text: "set", traits: reserved, head: "SET"},
	kwShow:         {text: "show", head: "SHOW"},
	kwReset:        {text: "reset", head: "RESET"},
	kwDiscard:      {text: "discard", head: "DISCARD"},
	kwCopy:         {text: "copy", traits: reserved, head: "COPY"},
	kwPrepare:      {text: "prepare", head: "PREPARE", next: wantSecond},
	kwExecute:      {text: "execute", head: "EXECUTE"},
	kwDeallocate:   {text: "deallocate", head: "DEALLOCATE"},
	kwListen:       {text: "listen", head: "LISTEN"},
	kwUnlisten:     {text: "unlisten", head: "UNLISTEN"},
	kwNotify:       {text: "notify", head: "NOTIFY"},
	kwVacuum:       {text: "vacuum", traits: reserved, head: "VACUUM"},
	kwAnalyze:      {text: "analyze", head: "ANALYZE"},
	kwAnalyse:      {text: "analyse", head: "ANALYZE"},
	kwExplain:      {text: "explain", traits: reserved, head: "EXPLAIN"},
	kwCall:         {text: "call", head: "CALL"},
	kwDo:           {text: "do", traits: reserved, head: "DO"},
	kwDeclare:      {text: "declare", head: "DECLARE"},
	kwFetch:        {text: "fetch", head: "FETCH"},
	kwMove:         {text: "move", head: "MOVE"},
	kwClose:        {text: "close", head: "CLOSE"},
	kwTruncate:     {text: "truncate", head: "TRUNCATE"},
	kwGrant:        {text: "grant", head: "GRANT"},
	kwRevoke:       {text: "revoke", head: "REVOKE"},
	kwLock:         {text: "lock", head: "LOCK"},
	kwCheckpoint:   {text: "checkpoint", head: "CHECKPOINT"},
	kwCluster:      {text: "cluster", head: "CLUSTER"},
	kwReindex:      {text: "reindex", head: "REINDEX"},
	kwLoad:         {text: "load", head: "LOAD"},
	kwComment:      {text: "comment", head: "COMMENT"},
	kwRefresh:      {text: "refresh", head: "REFRESH MATERIALIZED VIEW"},
	kwImport:       {text: "import", head: "IMPORT FOREIGN SCHEMA"},
	kwSecurity:     {text: "security", head: "SECURITY LABEL"},
	kwReassign:     {text: "reassign", head: "REASSIGN OWNED"},
	kwTransaction:  {text: "transaction", traits: modifier},
	kwWork:         {text: "work", traits: modifier},
	kwPrepared:     {text: "prepared"},
	kwTo:           {text: "to", traits: reserved},
	kwIndex:        {text: "index", object: "INDEX"},
	kwView:         {text: "view", object: "VIEW"},
	kwSequence:     {text: "sequence", object: "SEQUENCE"},
	kwSchema:       {text: "schema", object: "SCHEMA"},
	kwDatabase:     {text: "database", object: "DATABASE"},
	kwRole:         {text: "role", object: "ROLE"},
	kwGroup:        {text: "group", object: "GROUP"},
	kwExtension:    {text: "extension", object: "EXTENSION"},
	kwType:         {text: "type", object: "TYPE"},
	kwDomain:       {text: "domain", object: "DOMAIN"},
	kwPolicy:       {text: "policy", object: "POLICY"},
	kwRule:         {text: "rule", object: "RULE"},
	kwServer:       {text: "server", object: "SERVER"},
	kwPublication:  {text: "publication", object: "PUBLICATION"},
	kwSubscription: {text: "subscription", object: "SUBSCRIPTION"},
	kwCollation:    {text: "collation", object: "COLLATION"},
	kwConversion:   {text: "conversion", object: "CONVERSION"},
	kwCast:         {text: "cast", object: "CAST"},
	kwOperator:     {text: "operator", traits: nests, object: "OPERATOR"},
	kwLanguage:     {text: "language", object: "LANGUAGE"},
	kwStatistics:   {text: "statistics", object: "STATISTICS"},
	kwTablespace:   {text: "tablespace", object: "TABLESPACE"},
	kwTransform:    {text: "transform", object: "TRANSFORM"},
	kwTrigger:      {text: "trigger", object: "TRIGGER"},
	kwFunction:     {text: "function", object: "FUNCTION"},
	kwProcedure:    {text: "procedure", object: "PROCEDURE"},
	kwRoutine:      {text: "routine", object: "ROUTINE"},
	kwAggregate:    {text: "aggregate", object: "AGGREGATE"},
	kwSystem:       {text: "system", object: "SYSTEM"},
	kwOwned:        {text: "owned", object: "OWNED"},
	kwUser:         {text: "user", object: "USER"},
	kwMapping:      {text: "mapping", object: "USER MAPPING"},
	kwMaterialized: {text: "materialized", object: "MATERIALIZED VIEW"},
	kwData:         {text: "data", object: "FOREIGN DATA WRAPPER"},
	kwEvent:        {text: "event", object: "EVENT TRIGGER"},
	kwText:         {text: "text", object: "TEXT SEARCH"},
	kwAccess:       {text: "access", object: "ACCESS METHOD"},
	kwLarge:        {text: "large", object: "LARGE OBJECT"},
	kwPrivileges:   {text: "privileges", object: "DEFAULT PRIVILEGES"},
	kwForeign:      {text: "foreign"},
	kwReplace:      {text: "replace", traits: modifier},
	kwTemp:         {text: "temp", traits: modifier},
	kwTemporary:    {text: "temporary", traits: modifier},
	kwLocal:        {text: "local", traits: modifier},
	kwGlobal:       {text: "global", traits: modifier},
	kwUnlogged:     {text: "unlogged", traits: modifier},
	kwUnique:       {text: "unique", traits: modifier},
	kwRecursive:    {text: "recursive", traits: modifier},
	kwTrusted:      {text: "trusted", traits: modifier},
	kwProcedural:   {text: "procedural", traits: modifier},
	kwConstraint:   {text: "constraint", traits: modifier},
	kwDefault:      {text: "default", traits: modifier},
	kwOr:           {text: "or", traits: reserved | nests | modifier},
	kwAtomic:       {text: "atomic"},
	kwFrom:         {text: "from", traits: reserved},
	kwWhere:        {text: "where", traits: reserved},
	kwBy:           {text: "by", traits: reserved},
	kwHaving:       {text: "having", traits: reserved},
	kwLimit:        {text: "limit", traits: reserved},
	kwOffset:       {text: "offset", traits: reserved},
	kwOn:           {text: "on", traits: reserved},
	kwUsing:        {text: "using", traits: reserved},
	kwInto:         {text: "into", traits: reserved},
	kwReturning:    {text: "returning", traits: reserved},
	kwThen:         {text: "then", traits: reserved},
	kwElse:         {text: "else", traits: reserved},
	kwWhen:         {text: "when", traits: reserved},
	kwAs:           {text: "as", traits: reserved},
	kwOnly:         {text: "only", traits: reserved},
	kwAnd:          {text: "and", traits: reserved | nests},
	kwNot:          {text: "not", traits: reserved | nests},
	kwJoin:         {text: "join", traits: reserved | nests},
	kwIs:           {text: "is", traits: reserved | nests},
	kwLike:         {text: "like", traits: reserved | nests},
	kwIlike:        {text: "ilike", traits: reserved | nests},
	kwSimilar:      {text: "similar", traits: reserved | nests},
	kwBetween:      {text: "between", traits: reserved | nests},
	kwIn:           {text: "in", traits: reserved | nests},
	kwCase:         {text: "case", traits: reserved | nests},
	kwEscape:       {text: "escape", traits: reserved | nests},
	kwCollate:      {text: "collate", traits: reserved | nests},
	kwUnion:        {text: "union", traits: reserved | nests | setOp},
	kwIntersect:    {text: "intersect", traits: reserved | nests | setOp},
	kwExcept:       {text: "except", traits: reserved | nests | setOp},
	kwIsnull:       {text: "isnull", traits: nests},
	kwNotnull:      {text: "notnull", traits: nests},
	kwAt:           {text: "at", traits: nests},
	kwOverlaps:     {text: "overlaps", traits: nests},
	kwOver:         {text: "over", traits: nests},
	kwFilter:       {text: "filter", traits: nests},
	kwWithin:       {text: "within", traits: nests},
	kwArray:        {text: "array", traits: nests},
	kwAll:          {text: "all", traits: reserved},
	kwAny:          {text: "any", traits: reserved},
	kwSome:         {text: "some", traits: reserved},
	kwExists:       {text: "exists", traits: reserved},
	kwLateral:      {text: "lateral", traits: reserved},
	kwDistinct:     {text: "distinct", traits: reserved},
}
