package reference_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/templates"
)

// TestContrast computes the contrast of all texts in both colour schemes, those in pictures among
// them, which checkers of accessibility leave to people.
func TestContrast(t *testing.T) {
	style := string(templates.ConfigFile("html/style.css"))
	light, rest, ok := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	dark, _, _ := strings.Cut(rest, "\n}\n")
	for name, scheme := range map[string]string{"light": light, "dark": dark} {
		colours := make(map[string]string)
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6});`).FindAllStringSubmatch(scheme, -1) {
			colours[m[1]] = m[2]
		}
		for ground, texts := range map[string][]string{
			"ground":  {"text", "quiet", "link", "get", "post", "put", "patch", "delete"},
			"raised":  {"text", "quiet"},
			"code":    {"text", "quiet"},
			"mark":    {"text", "quiet", "link", "get", "post", "put", "patch", "delete"},
			"counter": {"counter-text", "quiet"},
		} {
			for _, text := range texts {
				if c := contrast(t, colours[ground], colours[text]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", name, text, ground, c)
				}
			}
		}
	}
	if c := contrast(t, "#fff", "#777777"); c > 4.5 || c < 4.4 {
		t.Errorf("grey has a contrast of %.2f", c)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// luminance returns the relative luminance of WCAG 2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("%q is no colour", colour)
	}
	sum := 0.0
	for i, weight := range []float64{.0722, .7152, .2126} {
		c := float64(n>>(8*i)&255) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
