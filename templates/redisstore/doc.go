// Package redisstore counts rate limits in Redis, so that several processes share them.
package redisstore
