package main

// redisTargets are held by the inspecting Sluice, and by one with a policy.
func redisTargets(r *results) []target {
	var all []target
	for _, peer := range []struct{ key, with string }{{keyInspect, ""}, {keyPolicy, ", with a policy"}} {
		versus := func(what string, limit float64, workload, base string, m metric) target {
			return r.versus(what+peer.with, limit, workload, peer.key, base, m)
		}
		all = append(all,
			versus("proxy CPU per command, inspected, 50 connections, against HAProxy", 0.95, keyRedis50, keyHAProxy, cpuOf),
			versus("proxy CPU, 1000 connections, against HAProxy", 0.85, keyRedis1000, keyHAProxy, cpuOf),
			versus("proxy CPU, 50 connections, against Envoy's tcp_proxy", 0.75, keyRedis50, keyEnvoy, cpuOf),
			versus("proxy CPU, 16 pipelined, against HAProxy", 1.2, keyRedisPipelined, keyHAProxy, cpuOf),
			versus("proxy CPU, 16 pipelined, against Envoy's redis_proxy", 0.55, keyRedisPipelined, keyEnvoyRedis, cpuOf),
			atLeast(versus("throughput, 50 connections, against HAProxy", 1, keyRedis50, keyHAProxy, rateOf)),
			atLeast(versus("throughput, 16 pipelined, against HAProxy", 1, keyRedisPipelined, keyHAProxy, rateOf)),
			target{what: "added latency (p99 less direct p99), 1 connection, against HAProxy's" + peer.with, limit: 1.1, unit: " ×",
				got: spreadOf(addedLatency(r, keyRedis1, peer.key))},
		)
	}
	return append(all,
		r.versus("proxy CPU per command, inspected, every command logged, 50 connections, against HAProxy", 1.1, keyRedis50, keyLog, keyHAProxy, cpuOf),
		r.versus("proxy CPU per MiB, values of 1 MiB, inspected, against HAProxy", 0.75, keyRedisValue, keyInspect, keyHAProxy, cpuOf),
		r.versus("proxy CPU per MiB, values of 1 MiB, inspected, against Envoy's tcp_proxy", 0.85, keyRedisValue, keyInspect, keyEnvoy, cpuOf),
		target{what: "decoder, per small command or reply", limit: 60, unit: " ns", got: r.micro.worst(microRedisMessage)},
		target{what: "decoder, allocations per exchange", limit: 0, got: r.micro.worst(microRedisAllocs)},
		target{what: "decoder, skipped values", limit: 5, least: true, unit: " GB/s", got: r.micro.worst(microRedisSkip)},
		target{what: "verdict on a GET under an ACL", limit: 150, unit: " ns", got: r.micro.worst(microRedisDecide)},
	)
}
