package main

// Keys that ratios and targets refer to.
const (
	keyRedis1         = "redis-1"
	keyRedis50        = "redis-50"
	keyRedis1000      = "redis-1000"
	keyRedisPipelined = "redis-pipelined-16"
	keyRedisLarge     = "redis-large"
	keyRedisValue     = "redis-value"
	keyRedisConnects  = "redis-connects"
	keyRedisMicro     = "redis-micro"
)

var perCommand = columns{rate: "commands/s", p50: "p50, µs", p99: "p99, µs", cpu: "proxy CPU, µs/command"}

func redisWorkloads() []workload {
	peers, judged := mainPeers(redis), judgedPeers(redis)
	return []workload{
		{key: keyRedis1, title: "redis-benchmark, SET and GET, 1 connection", peers: judged, columns: perCommand,
			about: "One command at a time: as many SETs, then as many GETs. The p50 is the mean of the two, the p99 the greater one.",
			run:   redisRun(redisLoad{clients: 1})},
		{key: keyRedis50, title: "redis-benchmark, SET and GET, 50 connections", peers: judged, columns: perCommand,
			run: redisRun(redisLoad{clients: 50})},
		{key: keyRedis1000, title: "redis-benchmark, SET and GET, 1000 connections", peers: judged, columns: perCommand,
			run: redisRun(redisLoad{clients: 1000})},
		{key: keyRedisPipelined, title: "redis-benchmark, SET and GET, 16 pipelined, 50 connections", peers: judged, columns: perCommand,
			about: "Latencies are those of the 16 together.",
			run:   redisRun(redisLoad{clients: 50, pipeline: 16})},
		{key: keyRedisLarge, title: "GET of 64 KiB, 50 connections", peers: judged, columns: perMiB,
			run: redisRun(redisLoad{clients: 50, get: "bench:64KiB"})},
		{key: keyRedisValue, title: "GET of 1 MiB, 8 connections", peers: peers, columns: perMiB,
			run: redisRun(redisLoad{clients: 8, get: "bench:1MiB"})},
		{key: keyRedisConnects, title: "Connect, one GET, disconnect; 10 clients", peers: peers,
			columns: columns{rate: "connections/s", cpu: "proxy CPU, µs/connection"},
			about:   "`redis-benchmark -k 0`. Nutcracker and Envoy's redis_proxy keep their server connections, which spares the server half of the work.",
			run:     redisRun(redisLoad{clients: 10, tests: "get", reconnect: true})},
	}
}
