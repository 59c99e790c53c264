package main

import (
	"github.com/limitgen/limitgen/cmd/internal/goals/costs"
	"github.com/limitgen/limitgen/cmd/internal/goals/decisions"
	"github.com/limitgen/limitgen/cmd/internal/goals/fleet"
	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/cmd/internal/goals/overredis"
	"github.com/limitgen/limitgen/cmd/internal/goals/pacing"
)

// goals are all promises, in order. The packages beside this file measure one each.
var goals = []goal.Goal{
	{Number: 1, Title: "one process at full demand over HTTP, against servers of each kind", Parts: []goal.Part{
		pacing.Part,
	}},
	{Number: 2, Title: "four processes over Redis", Parts: []goal.Part{
		fleet.Part,
	}},
	{Number: 3, Title: "decisions in process: three limits with costs, all or nothing", Parts: []goal.Part{
		decisions.Part,
	}},
	{Number: 4, Title: "decisions in Redis: three limits with costs in one round trip", Parts: []goal.Part{
		overredis.Decisions,
	}},
	{Number: 5, Title: "6000 a minute with costs up to 600", Parts: []goal.Part{
		costs.Part,
		overredis.Memory,
	}},
}
