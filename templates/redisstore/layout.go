package redisstore

// This file stands in for the one that is generated with an API's own figures.

const (
	// namespace begins the names of all keys unless Options.Prefix does.
	namespace = "api"
	// tagParts is how many leading values all partition keys have in common.
	tagParts = 2
)
