package redisstore_test

import (
	"context"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/redisstore"
	"github.com/limitgen/limitgen/gen/rest"
)

// The clients of all processes share the quota of an App Key.
func ExampleStore_Limiter() {
	db := redis.NewClient(&redis.Options{Addr: "localhost:6379", MaxRetries: -1})
	store, err := redisstore.New(redisstore.GoRedis(db), redisstore.Options{})
	if err != nil {
		panic(err)
	}
	defer store.Close(context.Background())
	client, err := easemob.NewClient("", "org", "app", rest.WithLimiter(store.Limiter()))
	if err != nil {
		panic(err)
	}
	_ = client
}

// The replicas of a server share counters. rueidis sends the commands of concurrent requests
// together.
func ExampleStore_Enforcer() {
	db, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}, DisableCache: true})
	if err != nil {
		panic(err)
	}
	store, err := redisstore.New(redisstore.Rueidis(db), redisstore.Options{Replicas: 3})
	if err != nil {
		panic(err)
	}
	server, err := easemob.NewServer(easemob.Handlers{}, rest.WithEnforcer(store.Enforcer()), rest.WithoutAuth())
	if err != nil {
		panic(err)
	}
	_ = server
}
