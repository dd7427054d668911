# Makes C of SQL files: the statements of queries/*.sql (-v what=queries), or whole files of
# migrations/ and functions/ (-v what=files). -v header=1 writes the .h instead of the .c.
function quote(s) { gsub(/\\/, "&&", s); gsub(/"/, "\\\\&", s); gsub(/\t/, "\\t", s); return "    \"" s "\\n\"\n" }
function base(path) { sub(/^.*\//, "", path); sub(/\.sql$/, "", path); return path }
BEGIN { print "/* Made by schema/embed.awk; change the SQL files instead. */" }
FNR == 1 { set = base(FILENAME); if (what == "files") { n++; name[n] = set; dir = FILENAME; sub(/\/[^\/]*$/, "", dir); sub(/^.*\//, "", dir); kind[n] = dir } else sets[++n_sets] = set; current = 0 }
what == "files" { text[n] = text[n] quote($0); next }
/^-- name: / { n++; current = n; name[n] = $3; group[n] = set; next }
current && !/^--/ && NF { text[current] = text[current] quote($0) }
END {
    if (what == "queries" && header) {
        print "#ifndef CONFAB_QUERIES_H\n#define CONFAB_QUERIES_H\n\nstruct query {\n    const char *name; /* of the prepared statement */\n    const char *sql;\n};\n"
        for (s = 1; s <= n_sets; s++) {
            printf "enum %s_query {\n", sets[s]
            for (i = 1; i <= n; i++) if (group[i] == sets[s]) printf "    Q_%s_%s,\n", toupper(sets[s]), toupper(name[i])
            printf "    Q_%s_COUNT\n};\nextern const struct query %s_queries[];\n\n", toupper(sets[s]), sets[s]
        }
        print "#endif"
    } else if (what == "queries") {
        print "#include \"queries.h\"\n"
        for (s = 1; s <= n_sets; s++) {
            printf "const struct query %s_queries[] = {\n", sets[s]
            for (i = 1; i <= n; i++) if (group[i] == sets[s]) printf "    {\"%s\",\n%s    },\n", name[i], text[i]
            print "};\n"
        }
    } else if (header) {
        print "#ifndef CONFAB_SCHEMA_FILES_H\n#define CONFAB_SCHEMA_FILES_H\n\nstruct schema_file {\n    const char *name; /* \"0001_foundation\" */\n    const char *sql;\n};"
        print "/* In the order of application; ended by a row of NULLs. */\nextern const struct schema_file schema_setup[], schema_migrations[], schema_functions[];\n\n#endif"
    } else {
        print "#include \"schema_files.h\"\n"
        split("setup migrations functions", kinds, " ")
        for (s = 1; s <= 3; s++) {
            printf "const struct schema_file schema_%s[] = {\n", kinds[s]
            for (i = 1; i <= n; i++) if (kind[i] == kinds[s]) printf "    {\"%s\",\n%s    },\n", name[i], text[i]
            print "    {0, 0},\n};\n"
        }
    }
}
