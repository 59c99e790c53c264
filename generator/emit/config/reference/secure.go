package reference

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
)

// secured is the page's own style and script, with a policy that lets nothing else run or load:
// even if text from a spec became markup, a browser would not act on it.
type secured struct {
	Style  template.CSS
	Script template.JS
	Policy string
}

func secure(style, script []byte) secured {
	return secured{
		Style:  template.CSS(style),
		Script: template.JS(script),
		Policy: "default-src 'none'; style-src " + digest(style) + "; script-src " + digest(script) +
			"; base-uri 'none'; form-action 'none'",
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
