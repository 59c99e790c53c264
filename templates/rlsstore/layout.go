//go:build ignore

package rlsstore

// This file stands in for the one that is generated with an API's own names.

const domain = "api"

const addressKey = "masked_remote_address"

var layouts = map[string]layout{}

var operations = map[string]string{}
