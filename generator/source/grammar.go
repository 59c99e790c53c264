package source

import "strings"

// form is one kind of OpenAPI object: its fields and their types.
//
// A field's type is text, flag, count, number, any, texts (a list), flags or bounds that older and
// newer versions write otherwise (schemaOrFlag, bound, types, examples), or the name of a form; [x
// is a list of x, {x maps names to x.
type form struct {
	name   string // with its article
	fields map[string]string
	rest   string // the type of all other fields except extensions; "" if they are not read
	ref    bool   // it may be a $ref
}

// grammar are the forms of OpenAPI 3.0 to 3.2 by name.
var grammar = map[string]*form{
	"document": forms("the document", "", `openapi text, info info, jsonSchemaDialect text, servers [server, paths paths,
		webhooks {pathItem, components components, security [security, tags [tag, externalDocs docs`),
	"info": forms("info", "", `title text, summary text, description text, termsOfService text, contact contact,
		license license, version text`),
	"contact":  forms("contact", "", "name text, url text, email text"),
	"license":  forms("license", "", "name text, identifier text, url text"),
	"docs":     forms("externalDocs", "", "description text, url text"),
	"server":   forms("a server", "", "url text, description text, name text, variables {variable"),
	"variable": forms("a server variable", "", "enum [text, default text, description text"),
	"components": forms("components", "", `schemas {schema, responses {response, parameters {parameter, examples {example,
		requestBodies {body, headers {header, securitySchemes {scheme, links {link, callbacks {callback, pathItems {pathItem,
		mediaTypes {media`),
	"paths": forms("paths", "pathItem", ""),
	"pathItem": forms("a path item", "", `summary text, description text, get operation, put operation, post operation,
		delete operation, options operation, head operation, patch operation, trace operation, query operation,
		connect operation, additionalOperations {operation, servers [server, parameters [parameter`).refable(),
	"operation": forms("an operation", "", `tags [text, summary text, description text, externalDocs docs, operationId text,
		parameters [parameter, requestBody body, responses responses, callbacks {callback, deprecated flag,
		security [security, servers [server`),
	"parameter": forms("a parameter", "", `name text, in text, description text, required flag, deprecated flag,
		allowEmptyValue flag, style text, explode flag, allowReserved flag, schema schema, example any,
		examples {example, content {media`).refable(),
	"header": forms("a header", "", `description text, required flag, deprecated flag, allowEmptyValue flag, style text,
		explode flag, allowReserved flag, schema schema, example any, examples {example, content {media`).refable(),
	"body":      forms("a request body", "", "description text, content {media, required flag").refable(),
	"media":     forms("a media type", "", "schema schema, itemSchema schema, example any, examples {example, encoding {encoding"),
	"encoding":  forms("an encoding", "", "contentType text, headers {header, style text, explode flag, allowReserved flag"),
	"responses": forms("responses", "response", ""),
	"response":  forms("a response", "", "description text, headers {header, content {media, links {link").refable(),
	"callback":  forms("a callback", "pathItem", "").refable(),
	"example":   forms("an example", "", "summary text, description text, value any, externalValue text").refable(),
	"link": forms("a link", "", `operationRef text, operationId text, parameters {any, requestBody any, description text,
		server server`).refable(),
	"tag": forms("a tag", "", "name text, description text, externalDocs docs"),
	"schema": forms("a schema", "", `allOf [schema, anyOf [schema, oneOf [schema, not schema, type types, title text,
		format text, description text, enum [any, default any, example any, externalDocs docs, uniqueItems flag,
		exclusiveMinimum bound, exclusiveMaximum bound, nullable flag, readOnly flag, writeOnly flag, allowEmptyValue flag,
		deprecated flag, xml xml, minimum number, maximum number, multipleOf number, minLength count, maxLength count,
		pattern text, minItems count, maxItems count, items items, required required, properties {schema,
		minProperties count, maxProperties count, additionalProperties schemaOrFlag, discriminator discriminator, const any,
		examples examples, prefixItems [schema, contains schema, minContains count, maxContains count,
		patternProperties {schema, dependentSchemas {schema, propertyNames schema, unevaluatedItems schemaOrFlag,
		unevaluatedProperties schemaOrFlag, if schema, then schema, else schema, dependentRequired {texts,
		contentMediaType text, contentEncoding text, contentSchema schema, $defs {schema, $id text, $anchor text,
		$dynamicRef text, $dynamicAnchor text, $schema text, $comment text`).refable(),
	"discriminator": forms("a discriminator", "", "propertyName text, mapping {text"),
	"xml":           forms("xml", "", "name text, namespace text, prefix text, attribute flag, wrapped flag"),
	"scheme": forms("a security scheme", "", `type text, description text, name text, in text, scheme text,
		bearerFormat text, flows flows, openIdConnectUrl text`).refable(),
	"flows": forms("flows", "", "implicit flow, password flow, clientCredentials flow, authorizationCode flow"),
	"flow": forms("a flow", "", `authorizationUrl text, tokenUrl text, refreshUrl text, deviceAuthorizationUrl text,
		scopes {text`),
	"security": forms("a security requirement", "texts", ""),
}

func forms(name, rest, fields string) *form {
	f := &form{name: name, rest: rest, fields: make(map[string]string)}
	for field := range strings.SplitSeq(fields, ",") {
		if key, typ, ok := strings.Cut(strings.TrimSpace(field), " "); ok {
			f.fields[key] = typ
		}
	}
	return f
}

func (f *form) refable() *form {
	f.ref = true
	return f
}
