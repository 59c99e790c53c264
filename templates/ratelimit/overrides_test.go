package ratelimit

import (
	"maps"
	"strings"
	"testing"
	"time"
)

var overridden = []Limit{
	{Name: "each", Quota: 100, Window: time.Second, Unit: "requests", Per: []string{"app", "operation"}},
	{Name: "bucket", Quota: 5, Window: time.Minute, Unit: "requests", Burst: 10, UTC: true},
	{Name: "flight", Quota: 7, Unit: "concurrent-requests", Per: []string{"app"}},
	{Name: "limits", Quota: 1, Window: time.Second, Unit: "requests"},
}

const wholeFile = `{
  "operations": [{"id": "x", "limits": {"each": 1}}],
  "limits": {
    "each": {"quota": 300, "window": 1, "unit": "requests", "per": ["app", "operation"], "reset": "rolling"},
    "bucket": {"quota": 5, "burst": 50, "window": 60, "unit": "requests", "per": [], "reset": "utc", "description": "d", "origin": {}},
    "flight": {"quota": 7, "unit": "concurrent-requests", "per": [ "app" ]}
  },
  "later": {"member": []},
  "version": 1
}`

func TestReadOverrides(t *testing.T) {
	for text, want := range map[string]map[string]Amount{
		`{}`: {},
		`{"each": {"quota": 300}, "bucket": {"quota": 9, "burst": 1099511627776}}`:   {"each": {Quota: 300}, "bucket": {Quota: 9, Burst: 1 << 40}},
		`{"$schema": "limits.schema.json#/$defs/overrides", "flight": {"quota": 1}}`: {"flight": {Quota: 1}},
		`{"each": {"burst": 20}}`:                        {"each": {Burst: 20}},
		`{"bucket": {"burst": 5}, "each": {"quota": 3}}`: {"bucket": {Burst: 5}, "each": {Quota: 3}},
		`{"limits": {"quota": 5}}`:                       {"limits": {Quota: 5}},
		wholeFile:                                        {"each": {Quota: 300}, "bucket": {Burst: 50}},
		"{\"version\": 1, \"limits\": {}}\n":             {},
	} {
		got, err := ReadOverrides(strings.NewReader(text), overridden)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestReadOverridesSaysWhatIsWrongAndWhere(t *testing.T) {
	for text, want := range map[string]string{
		"{\n \"each\": {\"quota\": 3},\n \"many\": {\"quota\": 3}}": `line 3, column 2: unknown limit "many"`,
		`{"é": {"quota": 3}}`:                          `column 2: unknown limit "é"`,
		`{"each": {"quota": -3}}`:                      `column 20: limit "each": quota must be an integer from 1`,
		`{"each": {"quota": 0}}`:                       `quota must be an integer`,
		`{"each": {"burst": 1.5}}`:                     `burst must be an integer`,
		`{"each": {"quota": 1e3}}`:                     `quota must be an integer`,
		`{"each": {"quota": "3"}}`:                     `quota must be an integer`,
		`{"each": {"quota": 1099511627777}}`:           `quota must be an integer`,
		`{"each": {"quota": 9223372036854775808}}`:     `quota must be an integer`,
		`{"each": {"quota": null}}`:                    `quota must be an integer`,
		`{"each": {"Quota": 3}}`:                       `column 11: limit "each": unknown member "Quota"; only quota and burst`,
		`{"each": {"window": 3}}`:                      `unknown member "window"`,
		`{"each": {}}`:                                 `column 2: limit "each": neither quota nor burst is set`,
		`{"each": 3}`:                                  `column 10: limit "each" is not an object`,
		`{"each": null}`:                               `limit "each" is not an object`,
		`{"each": {"quota": 3}, "each": {"quota": 4}}`: `column 24: duplicate "each" in the file`,
		`{"each": {"quota": 3, "quota": 4}}`:           `duplicate "quota" in limit "each"`,
		`{"flight": {"burst": 3}}`:                     `which have no burst`,
		`{"plans": {"big": {"each": {"quota": 3}}}}`:   `unknown limit "plans"`,
		`{} {}`:                        `line 1, column 4: invalid character '{' after top-level value`,
		`{}]`:                          `column 3: invalid character ']' after top-level value`,
		``:                             `the file is empty; {} keeps the table's quotas and bursts`,
		`{"each": {"quota": 3}`:        `unexpected end of JSON input`,
		`{"each": {"quota": 3},}`:      `line 1, column 23: invalid character '}'`,
		`{"each" {"quota": 3}}`:        `line 1, column 9: invalid character '{' after object key`,
		`[]`:                           `column 1: the file is not an object`,
		`{3: 4}`:                       `line 1, column 2`,
		`{"version": 2, "limits": {}}`: `column 2: unsupported limits version 2`,
		`{"version": 1, "limts": {}}`:  `a version but no limits`,
		`{"version": 1, "limits": []}`: `limits is not an object`,
		`{"version": 1, "limits": {"gone": {"quota": 3, "window": 1}}}`: `unknown limit "gone"`,
		strings.Replace(wholeFile, `"window": 60`, `"window": 61`, 1):   `line 5, column 41: limit "bucket" has window 61 where the table has 60`,
		strings.Replace(wholeFile, `"utc"`, `"rolling"`, 1):             `has reset "rolling" where the table has "utc"`,
		strings.Replace(wholeFile, `["app", "op`, `["op`, 1):            `has per ["operation"] where the table has ["app","operation"]`,
		strings.Replace(wholeFile, `"quota": 300, `, ``, 1):             `limit "each" lacks a quota or burst`,
		strings.Replace(wholeFile, `"burst": 50, `, ``, 1):              `limit "bucket" lacks a quota or burst`,
		strings.Replace(wholeFile, `"description"`, `"descr"`, 1):       `unknown member "descr"`,
	} {
		got, err := ReadOverrides(strings.NewReader(text), overridden)
		if err == nil || !strings.HasPrefix(err.Error(), "overrides: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
	if _, err := ReadOverrides(strings.NewReader(strings.Repeat(" ", maxOverrides+1)), overridden); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}

// FuzzReadOverrides looks for files that are read although they say something that is not in force
// afterwards.
func FuzzReadOverrides(f *testing.F) {
	f.Add(wholeFile)
	f.Add(`{"each": {"quota": 300}}`)
	f.Fuzz(func(t *testing.T, text string) {
		amounts, err := ReadOverrides(strings.NewReader(text), overridden)
		if err != nil {
			return
		}
		got, err := Apply(overridden, amounts)
		if err != nil {
			t.Fatalf("%q is read and cannot be applied: %v", text, err)
		}
		for i, l := range got {
			a := amounts[l.Name]
			if a.Quota > 0 && l.Quota != a.Quota || a.Burst > 0 && l.Burst != a.Burst || a == (Amount{}) && l.Quota != overridden[i].Quota {
				t.Errorf("%q: %+v", text, l)
			}
		}
	})
}
