package compat

// The kinds of changes. Their names begin with rule because they are rules to the printers.
const (
	ruleTightened        Kind = "limit-tightened"
	ruleLoosened         Kind = "limit-loosened"
	ruleWindow           Kind = "window-changed"
	ruleReset            Kind = "reset-changed"
	ruleUnit             Kind = "unit-changed"
	ruleKey              Kind = "key-changed"
	ruleDecide           Kind = "decision-moved"
	ruleScheduled        Kind = "limit-scheduled"
	ruleLimitRenamed     Kind = "limit-renamed"
	ruleLimitRemoved     Kind = "limit-removed"
	ruleApplies          Kind = "limit-applies"
	ruleLifted           Kind = "limit-lifted"
	ruleJoined           Kind = "pool-joined"
	ruleLeft             Kind = "pool-left"
	ruleGrew             Kind = "pool-grew"
	ruleShrank           Kind = "pool-shrank"
	ruleCost             Kind = "cost-changed"
	ruleMaximum          Kind = "request-maximum-changed"
	ruleDefault          Kind = "default-changed"
	ruleOperationAdded   Kind = "operation-added"
	ruleOperationRemoved Kind = "operation-removed"
	ruleOperationRenamed Kind = "operation-renamed"
	ruleMethod           Kind = "method-changed"
	rulePath             Kind = "path-changed"
	ruleBasePath         Kind = "base-path-changed"
	ruleVariantAdded     Kind = "variant-added"
	ruleVariantRemoved   Kind = "variant-removed"
	ruleVariantChanged   Kind = "variant-changed"
	rulePlanAdded        Kind = "plan-added"
	rulePlanRemoved      Kind = "plan-removed"
	rulePlanChanged      Kind = "plan-changed"
	ruleFinal            Kind = "refusal-final"
	ruleRetryable        Kind = "refusal-retryable"
	ruleRefusal          Kind = "refusal-changed"
	ruleGo               Kind = "go-api-changed"
)

// Scheduled is a change of a limit that is announced for a day.
const Scheduled = ruleScheduled
