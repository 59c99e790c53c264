package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/list"
)

// TestListHelpNamesEveryMember holds that the help describes the whole JSON.
func TestListHelpNamesEveryMember(t *testing.T) {
	for _, v := range []any{list.Operation{}, list.Limit{}, list.Cost{}, list.Origin{}} {
		kind := reflect.TypeOf(v)
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if !regexp.MustCompile(`[{,\s]` + name + `[,}:\]]`).MatchString(listVerb.long) {
				t.Errorf("list --help does not name %s of %s", name, kind.Name())
			}
		}
	}
}
