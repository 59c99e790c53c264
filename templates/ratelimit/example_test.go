package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

var calls = ratelimit.Limit{Name: "calls", Quota: 2, Window: time.Minute, Unit: "requests"}

// A Pacer admits calls up to the quota. One that does not fit before the deadline fails at once,
// and spends nothing.
func ExamplePacer() {
	pacer := ratelimit.NewPacer(ratelimit.PacerOptions{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for range 3 {
		permit, err := pacer.Acquire(ctx, []ratelimit.Charge{{Limit: &calls, Key: "ann", Cost: 1}})
		var limited *ratelimit.LimitError
		if errors.As(err, &limited) {
			fmt.Println("refused by", limited.Limit, errors.Is(err, ratelimit.ErrLimited))
			continue
		}
		fmt.Println("sent")
		permit.Done() // the response has come
	}
	// Output:
	// sent
	// sent
	// refused by calls true
}

// A Gate decides at once, for each key apart.
func ExampleGate() {
	gate := ratelimit.NewGate(ratelimit.GateOptions{})
	for _, caller := range []string{"ann", "ann", "ann", "bob"} {
		decision, err := gate.Admit(context.Background(), []ratelimit.Charge{{Limit: &calls, Key: caller, Cost: 1}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(caller, decision.Admitted, decision.Limits[0].Remaining)
		decision.Done()
	}
	// Output:
	// ann true 1
	// ann true 0
	// ann false 0
	// bob true 1
}

// A plan or an account's own figures change quotas by name.
func ExampleApply() {
	sold, err := ratelimit.Apply([]ratelimit.Limit{calls}, map[string]ratelimit.Amount{"calls": {Quota: 500}})
	fmt.Println(sold[0].Name, sold[0].Quota, err)
	// Output: calls 500 <nil>
}
