SELECT resource, value FROM source_cursor WHERE source = $1
