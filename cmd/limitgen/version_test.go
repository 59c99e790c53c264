package main

import (
	"runtime/debug"
	"testing"
)

func TestOnlyReleasesAreRecorded(t *testing.T) {
	dirty := []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}}
	for _, tt := range []struct {
		module debug.Module
		sets   []debug.BuildSetting
		want   string
	}{
		{debug.Module{Version: "v1.2.3"}, nil, "v1.2.3"},
		{debug.Module{Version: "v1.2.3"}, dirty, ""},
		{debug.Module{Version: "v1.2.3", Replace: &debug.Module{Path: "../x"}}, nil, ""},
		{debug.Module{Version: "(devel)"}, nil, ""},
		{debug.Module{Version: "v1.2.4-0.20261124000000-0123456789ab"}, nil, ""},
		{debug.Module{Version: "v1.2.3+dirty"}, nil, ""},
		{debug.Module{Version: "v1.2.3-rc.1"}, nil, ""},
		{debug.Module{}, nil, ""},
	} {
		if got := releaseOf(&debug.BuildInfo{Main: tt.module, Settings: tt.sets}); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.module, got, tt.want)
		}
	}
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}}
	if got := describe(info, true); got != "limitgen v1.2.3 (go1.26.0)" {
		t.Error(got)
	}
}
