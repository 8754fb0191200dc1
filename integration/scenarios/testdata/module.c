/* A module for Redis with five commands, for TestRedisCommandsOfModules: shop.read KEY, shop.write KEY VALUE, shop.drop KEY, and
 * shop.all and shop.every, which name no key.
 * It needs no header: what it uses is looked up by name. Redis, "Modules API": https://redis.io/docs/latest/develop/reference/modules/ */

typedef struct Context Context;
typedef struct String String;
typedef int (*Command)(Context *, String **, int);

static int (*create)(Context *, const char *, Command, const char *, int, int, int);
static int (*replyWithSimpleString)(Context *, const char *);

static int answer(Context *c, String **argv, int argc) {
	(void)argv, (void)argc;
	return replyWithSimpleString(c, "SHOP");
}

int RedisModule_OnLoad(Context *c, String **argv, int argc) {
	(void)argv, (void)argc;
	int (*get)(const char *, void *) = *(int (**)(const char *, void *))c;
	int (*setModuleAttribs)(Context *, const char *, int, int);
	get("RedisModule_SetModuleAttribs", &setModuleAttribs);
	get("RedisModule_CreateCommand", &create);
	get("RedisModule_ReplyWithSimpleString", &replyWithSimpleString);
	setModuleAttribs(c, "shop", 1, 1);
	return create(c, "shop.read", answer, "readonly", 1, 1, 1) || create(c, "shop.write", answer, "write", 1, 1, 1) ||
		create(c, "shop.drop", answer, "write", 1, 1, 1) || create(c, "shop.all", answer, "readonly", 0, 0, 0) ||
		create(c, "shop.every", answer, "readonly", 0, 0, 0);
}
