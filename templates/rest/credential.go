package rest

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// credentials returns the values of each alternative of security schemes that the request
// satisfies, or only of the one whose scheme authentication accepted. Since each of them is
// counted, a changing token beside a valid key does not help: the accepted credential is among
// them, and its counter is charged.
func (x *Exchange) credentials() []string {
	var all, accepted []string
	for _, schemes := range x.view.op.Security {
		var values []byte
		for _, scheme := range schemes {
			value := x.schemeValue(scheme)
			if value == "" {
				values = nil
				break
			}
			values = ratelimit.AppendKey(values, value)
		}
		if text := string(values); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
			if slices.Contains(schemes, x.caller.Scheme) {
				accepted = append(accepted, text)
			}
		}
	}
	if len(accepted) > 0 {
		return accepted
	}
	return all
}

// schemeValue returns a scheme's credential in a canonical form.
func (x *Exchange) schemeValue(scheme string) string {
	for i := range x.server.config.Credentials {
		c := &x.server.config.Credentials[i]
		if c.Scheme != scheme {
			continue
		}
		value := x.view.value(&Expr{In: c.In, Name: c.Name})
		if c.Prefix == "" {
			if c.In == InHeader {
				value = strings.Trim(value, " \t")
			}
			if value != "" {
				return value
			}
			continue
		}
		value = strings.TrimLeft(value, " \t")
		name := strings.TrimRight(c.Prefix, " ")
		if len(value) <= len(name) || !strings.EqualFold(value[:len(name)], name) || value[len(name)] != ' ' && value[len(name)] != '\t' {
			continue
		}
		if value = strings.Trim(value[len(name):], " \t"); value != "" {
			return canonicalCredential(name, value)
		}
	}
	return ""
}

// canonicalCredential removes differences that decoders ignore: the unused bits behind the last
// byte of base64 text, its padding, its other alphabet and line breaks. Those of Basic are user and
// password; a token with two dots is taken for signed JSON, whose last part is a signature that
// many verifiers decode like that.
func canonicalCredential(scheme, value string) string {
	if strings.EqualFold(scheme, "Basic") {
		if text, ok := decodeLoosely(value); ok {
			return string(text)
		}
		return value
	}
	if parts := strings.Split(value, "."); len(parts) == 3 {
		for i, part := range parts {
			text, ok := decodeLoosely(part)
			if !ok {
				return value
			}
			parts[i] = base64.RawURLEncoding.EncodeToString(text)
		}
		return strings.Join(parts, ".")
	}
	return value
}

func decodeLoosely(value string) ([]byte, bool) {
	value = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "", " ", "", "\t", "").Replace(value)
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	return text, err == nil
}
