package rest

import (
	"strings"
	"testing"
)

// BenchmarkCommonScan counts the recipients of a message to 600 users.
func BenchmarkCommonScan(b *testing.B) {
	data := []byte(`{"from":"admin","type":"txt","body":{"msg":"` + strings.Repeat("a text ", 100) + `"},"to":["` + strings.Repeat(`user-name-0001","`, 599) + `last"]}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if scanPointer(data, "/to").count != 600 {
			b.Fatal("not 600")
		}
	}
}
