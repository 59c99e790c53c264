package overredis

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// Memory measures goal 5 in Redis.
var Memory = goal.Part{Name: "in Redis", Run: memory}

// memory fills counters of 6000 a minute with costs up to 600 for as long as a window takes, and
// asks Redis for their size. It is compared with a log of the same entries in a sorted set.
func memory(ctx context.Context, out io.Writer) ([]goal.Figure, error) {
	addr, stop, err := Start(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	db := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = db.Close() }()
	store, err := redisstore.New(redisstore.GoRedis(db), redisstore.Options{Replicas: 1, Timeout: 5 * time.Second})
	if err != nil {
		return nil, err
	}
	e := store.Enforcer()
	limit := ratelimit.Limit{API: "easemob", Common: 2, Name: "messages-users", Quota: 6000, Window: 5 * time.Second, Unit: "messages"}
	const keys = 1000
	empty, err := used(ctx, db)
	if err != nil {
		return nil, err
	}
	for begin := time.Now(); time.Since(begin) < limit.Window*3/2; {
		for i := range keys {
			app := strconv.Itoa(1_000_000 + i)
			cost := 1 + rand.Int64N(600)
			_, err := e.Admit(ctx, []ratelimit.Charge{{Limit: &limit, Key: "9:org" + app[1:] + "3:app", Cost: cost}})
			if err != nil {
				return nil, err
			}
		}
	}
	full, err := used(ctx, db)
	if err != nil {
		return nil, err
	}
	usage, err := sizes(ctx, db)
	if err != nil {
		return nil, err
	}
	each := float64(full-empty) / keys
	fmt.Fprintf(out, "%d counters: at most %d bytes by MEMORY USAGE, %.0f bytes each of used_memory with expiry and tables\n", keys, usage, each)
	set, err := sortedSet(ctx, db)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "a sorted set with 6000 entries of cost 1: %d bytes\n", set)
	before, after, err := refusal(ctx, e)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "a refused cost of 600 left %d of what were %d\n", after, before)
	return []goal.Figure{
		// 200 until a window had 136 units instead of 20 grains, which a client within its quota
		// ran into.
		goal.AtMost("MEMORY USAGE", float64(usage), 240, " B"),
		goal.AtMost("spent by a refusal", float64(before-after), 0, ""),
	}, nil
}

// refusal spends 5900 of 6000, has 600 refused, and says what could be had before and after that.
func refusal(ctx context.Context, e ratelimit.Enforcer) (before, after int64, err error) {
	limit := ratelimit.Limit{API: "easemob", Common: 2, Name: "refused", Quota: 6000, Window: time.Minute, Unit: "messages"}
	var left []int64
	for _, cost := range []int64{5900, 600, 100} {
		d, err := e.Admit(ctx, []ratelimit.Charge{{Limit: &limit, Key: "3:org3:app", Cost: cost}})
		if err != nil {
			return 0, 0, err
		}
		if d.Admitted != (cost != 600) {
			return 0, 0, fmt.Errorf("cost %d: admitted %t", cost, d.Admitted)
		}
		left = append(left, d.Limits[0].Remaining)
	}
	return left[0], left[1], nil
}

func used(ctx context.Context, db *redis.Client) (int64, error) {
	info, err := db.Info(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(info, "used_memory_dataset:")
	text, _, _ := strings.Cut(rest, "\r\n")
	return strconv.ParseInt(text, 10, 64)
}

// sizes returns the largest of all keys.
func sizes(ctx context.Context, db *redis.Client) (int64, error) {
	var most int64
	names, err := db.Keys(ctx, "*messages-users*").Result()
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		n, err := db.MemoryUsage(ctx, name).Result()
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}

func sortedSet(ctx context.Context, db *redis.Client) (int64, error) {
	for i := range 6000 {
		at := float64(time.Now().UnixMicro())
		if err := db.ZAdd(ctx, "log", redis.Z{Score: at, Member: strconv.Itoa(i) + "-" + strconv.FormatFloat(at, 'f', 0, 64)}).Err(); err != nil {
			return 0, err
		}
	}
	return db.MemoryUsage(ctx, "log", 0).Result()
}
