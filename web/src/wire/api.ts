// The HTTP interface, out of its description: `npm run types`. Not to be changed by hand.

export interface paths {
    "/api/auth/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The API keys of the account, newest first, without the keys themselves. */
        get: operations["getAuthKeys"];
        put?: never;
        /** Makes an API key. It is shown once, and is sent like an access token: `Authorization: Bearer slk_…`. */
        post: operations["postAuthKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends an API key for good; other processes learn of it within a minute. */
        delete: operations["deleteAuthKeysId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Has a link mailed to choose another password, or to make an account (`REGISTRATION=mail`); it is good
         *     once, and for half an hour. The answer is the same for every address, and tells nothing of accounts.
         */
        post: operations["postAuthLinks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/links/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets in by a link that was mailed: chooses the password of the account, whose sign-ins all end, or makes
         *     the account. Why a link is not taken is not told.
         */
        post: operations["postAuthLinksRedeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs an account in. */
        post: operations["postAuthLogin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the sign-in that a refresh token belongs to. Its access tokens are refused here at once, in other
         *     processes within a minute; its streams end within a heartbeat of that.
         */
        post: operations["postAuthLogout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: operations["getAuthMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What somebody who is not signed in can do, besides signing in. */
        get: operations["getAuthOptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes the password. All sign-ins of the account end; the answer is a new one. */
        post: operations["postAuthPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replaces a refresh token, and gives a new access token. A token is good once. */
        post: operations["postAuthRefresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes an account, and signs it in. Whether an address has an account is told by it, slowly; who does not
         *     want that has accounts made by mail, or closes it (`REGISTRATION`).
         */
        post: operations["postAuthRegister"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a ticket for one stream, for clients that cannot send headers, such as `EventSource`. */
        post: operations["postAuthTickets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/welcome": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with the one-time link printed at start, as an admin. */
        post: operations["postAuthWelcome"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something in a session. The answer comes on `GET /api/sse`. */
        post: operations["postChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The chats of a user, the latest changed first. */
        get: operations["getChats"];
        put?: never;
        /** Makes a chat. */
        post: operations["postChats"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One chat, with the generation under way in it. */
        get: operations["getChatsId"];
        put?: never;
        post?: never;
        /** Deletes a chat with its messages. A generation under way is stopped. */
        delete: operations["deleteChatsId"];
        options?: never;
        head?: never;
        /** Names a chat. */
        patch: operations["patchChatsId"];
        trace?: never;
    };
    "/api/chats/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The stream of a chat: every generation in it, one after the other, on every page and device that looks.
         *     Each event is that of the generation's own stream with its `generationId`. The stream goes on after
         *     `done`, until the chat has nothing more for a page that closes it. Its first frame has an `id` and no
         *     event: whoever loses it before an event came says that one.
         */
        get: operations["getChatsIdEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A whole chat as a file, oldest message first: Markdown to be read, or JSON: `{"chat", "messages"}`. */
        get: operations["getChatsIdExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{id}/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for an answer. It is accepted at once, and generated and streamed in its own time. */
        post: operations["postChatsIdGenerations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The messages of a chat, newest first. A page ends, before its `limit`, with the message with which it has 1 MiB
         *     of text; its cursors go on right there.
         */
        get: operations["getChatsIdMessages"];
        put?: never;
        /**
         * Stores a message. Unless `generate` is false, also asks for an answer, as
         *     `POST /api/chats/{id}/generations` does.
         */
        post: operations["postChatsIdMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens to the user's chats and generations, from now on: `{"type":"generation","generationId",
         *     "chatId","status"}`, `{"type":"chat","chatId","title"}`, `{"type":"deleted","chatId"}`, and
         *     `{"type":"missed"}` where some was missed and a page should look for itself.
         */
        get: operations["getEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One generation, with the tries at it and what each of them cost. */
        get: operations["getGenerationsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a generation. What was streamed is kept. Said again it changes nothing. */
        post: operations["postGenerationsIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generations/{id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for another answer to the question of a generation. It stands beside the other answers: they have one
         *     parent.
         */
        post: operations["postGenerationsIdRegenerate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generations/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The stream of an answer, from its beginning or from behind `Last-Event-ID`, as server-sent
         *     events. It ends after `done`; who comes back then gets 204.
         */
        get: operations["getGenerationsIdStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models a caller may ask for. */
        get: operations["getModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What people and operators did, newest first. It is read towards the older entries alone: how generations ended
         *     is booked a while after the time it is booked for, so that nobody can tell from a place in the book what is new.
         */
        get: operations["getOpsAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The dead letters, the oldest first, 1000 on a page, without what they say: it holds prompts. */
        get: operations["getOpsDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/dead-letters/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Drops dead letters for good. Answers how many there are, and how many it was done with. */
        post: operations["postOpsDeadLettersDrop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts dead letters back where they had been. Answers how many there are, and how many it was done with. */
        post: operations["postOpsDeadLettersReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dead letter with its headers and what it says, prompts left out. */
        get: operations["getOpsDeadLettersId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The generations that have not ended, whoever they belong to, in the order of their acceptance. Without what
         *     was said.
         */
        get: operations["getOpsGenerations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/generations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A generation, its provider's queue and keys: all that says why it waits. Without what was said. */
        get: operations["getOpsGenerationsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/generations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a generation. What was streamed is kept. Said again it changes nothing. */
        post: operations["postOpsGenerationsIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/generations/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tries a generation again that waits for its retry, without waiting any longer. The wait that was
         *     under way ends in nothing.
         */
        post: operations["postOpsGenerationsIdRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of every provider and how they are. */
        get: operations["getOpsKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/keys/{provider}/{key}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a key out, for good or for a time. Calls under way go on; no new one is made with it. */
        post: operations["postOpsKeysProviderKeyDisable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/keys/{provider}/{key}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings a key back: it may be lent at once, whatever it was out for. */
        post: operations["postOpsKeysProviderKeyEnable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/keys/{provider}/{key}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has a worker ask the provider whether a key is well, and waits for what it finds. It costs nothing. */
        post: operations["postOpsKeysProviderKeyTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pools, what is wished of them, and how their workers do. */
        get: operations["getOpsPools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/pools/{provider}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a pool. Every worker follows within a second, and those that start later too. */
        patch: operations["patchOpsPoolsProvider"];
        trace?: never;
    };
    "/api/ops/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The queues and how much waits in each. */
        get: operations["getOpsQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Has every worker read its keys and limits again. Answers under way go on. What is wrong with the new
         *     settings is told in the workers' logs, and the old ones hold.
         */
        post: operations["postOpsReload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What all users together spent, by day (UTC) and model, newest first. */
        get: operations["getOpsUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an account, with a password that is told this once; whoever has it signs in and changes it. */
        post: operations["postOpsUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/users/disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shuts an account out, or lets it in again. All its sign-ins end, its keys are no good, and its answers are stopped;
         *     access tokens that are out are refused by this process at once, by others within a minute.
         */
        post: operations["postOpsUsersDisabled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/users/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives an account another role. It holds for its access tokens and keys at this process at once, at others within
         *     a minute.
         */
        post: operations["postOpsUsersRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/users/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives an access token that speaks for somebody until it ends, and nothing to renew it with. Nobody gets one that
         *     speaks for an account that is shut out.
         */
        post: operations["postOpsUsersToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workers that said something in the last ten seconds, once for each pool. */
        get: operations["getOpsWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/workers/{worker}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a worker to take no more jobs; answers under way go on. */
        post: operations["postOpsWorkersWorkerDrain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/workers/{worker}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a worker that was drained take jobs again. */
        post: operations["postOpsWorkersWorkerResume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ops/workers/{worker}/scale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes how many answers one worker streams at once, in each of its pools. It holds until the worker ends. */
        post: operations["postOpsWorkersWorkerScale"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run. */
        get: operations["getRunsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a run. What was streamed is kept. Said again it changes nothing. */
        post: operations["postRunsIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The stream of a run, from its beginning or from behind `Last-Event-ID`, as server-sent events. It
         *     ends after `done`; who comes back then gets 204.
         */
        get: operations["getRunsIdEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The chats whose name or any message contains a text, the latest changed first, at most 50. */
        get: operations["getSearch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The stream of a session: every answer in it, piece by piece, one after the other, on every page that
         *     is open. Each piece is `{"chunk", "chunk_id", "is_final", "generation_id"}`; pieces of one answer are
         *     numbered upwards, and after `discard_from` those from that number on are void.
         */
        get: operations["getSse"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/threads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a thread. */
        post: operations["postThreads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/threads/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says something in a thread, which begins a run. */
        post: operations["postThreadsIdMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/daily": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you spent, day by day (UTC), newest first. */
        get: operations["getUsageDaily"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a guest. Signed in, it is the account itself. */
        post: operations["postUsers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process should get requests: it is not shutting down, and store and queue answer. */
        get: operations["getReadyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A requested answer that was accepted. */
        AcceptedShape: {
            /**
             * Format: uuid
             * @description Where the answer will stand.
             */
            chatId: string;
            /**
             * Format: uuid
             * @description The generation.
             */
            generationId: string;
            /** @enum {string} */
            status: "queued" | "streaming" | "succeeded" | "failed" | "canceled";
            /** @description Where the answer can be followed. */
            streamUrl: string;
            /**
             * Format: uuid
             * @description The message it answers.
             */
            userMessageId: string;
        };
        /** @description Somebody who is to have an account. */
        AddUserBody: {
            /** @description The name to sign in with. */
            email: string;
            /** @description `user` when absent, or `viewer`, `operator` or `admin`. */
            role?: string | null;
        };
        /** @description An account just made, with its first password. */
        AddedUserShape: components["schemas"]["UserShape"] & {
            /** @description Told this once. */
            password: string;
        };
        /** @description Wishes for another answer; what is absent is as it was, and what is null as if it had not been wished for. */
        AgainBody: {
            /**
             * Format: int32
             * @description The longest answer, in tokens; not above the maximum of the model, if one is known.
             */
            maxTokens?: number | null;
            /** @description Who should answer: a name from `/api/models`, or `provider/model`. */
            model?: string | null;
            /**
             * @description What to do while another generation is under way: `reject`, `interrupt`, which stops it first,
             *     or `queue`, which waits for its end.
             */
            onBusy?: string | null;
            /** @description Your own name for this request: repeated, it names the same generation. */
            requestId?: string | null;
            /** @description The rules put before the chat; at most 64 KiB. */
            systemPrompt?: string | null;
            /**
             * Format: double
             * @description 0 is the most predictable.
             */
            temperature?: number | null;
        };
        /** @description An API key, without the key itself. */
        ApiKeyShape: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ends; never when null.
             */
            expiresAt?: string | null;
            /**
             * Format: uuid
             * @description Which one.
             */
            id: string;
            /** @description What its user calls it. */
            name: string;
            /** @description Its first characters. */
            prefix: string;
            /** @description Whether it may only read. */
            readOnly: boolean;
            /**
             * Format: date-time
             * @description When it was used last, to the minute or so.
             */
            usedAt?: string | null;
        };
        /** @description A question, with wishes for its answer. */
        AskBody: {
            /**
             * Format: int32
             * @description The longest answer, in tokens; not above the maximum of the model, if one is known.
             */
            maxTokens?: number | null;
            /** @description Who should answer: a name from `/api/models`, or `provider/model`. */
            model?: string | null;
            /**
             * @description What to do while another generation is under way: `reject`, `interrupt`, which stops it first,
             *     or `queue`, which waits for its end.
             */
            onBusy?: string | null;
            /**
             * Format: uuid
             * @description Which message it follows; the newest when absent. Another one makes a branch: what follows one message
             *     are siblings. Null begins the chat anew.
             */
            parentId?: string | null;
            /** @description Your own name for this request: repeated, it names the same generation. */
            requestId?: string | null;
            /** @description The rules put before the chat; at most 64 KiB. */
            systemPrompt?: string | null;
            /**
             * Format: double
             * @description 0 is the most predictable.
             */
            temperature?: number | null;
            /** @description The question; 1 byte to 256 KiB. */
            userMessage: string;
        };
        /** @description One try at a generation. */
        AttemptShape: {
            /**
             * Format: int32
             * @description Its number, from 1.
             */
            attempt: number;
            /**
             * Format: date-time
             * @description When it ended.
             */
            endedAt?: string | null;
            /** @description Why it failed, as a stable code. */
            errorCode?: string | null;
            /**
             * Format: int64
             * @description Tokens of the prompt.
             */
            inputTokens: number;
            /** @description Which of the provider's models. */
            model: string;
            /** @description `succeeded`, `failed`, `canceled` or `retry`; null while it runs, or when its worker was lost. */
            outcome?: string | null;
            /**
             * Format: int64
             * @description Tokens of the answer.
             */
            outputTokens: number;
            /** @description Who was asked, in the end. */
            provider: string;
            /**
             * Format: date-time
             * @description When it began.
             */
            startedAt: string;
        };
        /** @description One thing somebody did. */
        AuditShape: {
            /** @description What, as `noun.verb`. */
            action: string;
            /**
             * Format: uuid
             * @description Who; null for whoever runs the machine, and the system itself.
             */
            actor?: string | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description What else there is to say of it, for example a value before and after. */
            detail?: string | null;
            /** @description To what, as an id or a name. */
            subject: string;
        };
        /** @description A budget, and how much of it is used. */
        BudgetShape: {
            /**
             * Format: int64
             * @description How much may be used in it.
             */
            limit: number;
            /** @description `requests` or `tokens`. */
            measure: string;
            /** @description For which model; absent, for all together. */
            model?: string | null;
            /** @description Keys with a budget of one name share it. */
            name: string;
            /** @description `minute` or `day`: any 60 seconds, or any 24 hours. */
            period: string;
            /**
             * Format: int64
             * @description How much is used.
             */
            used: number;
        };
        /** @description What became of the wish to stop. */
        CanceledShape: {
            /**
             * Format: uuid
             * @description The generation.
             */
            generationId: string;
            /** @enum {string} */
            status: "queued" | "streaming" | "succeeded" | "failed" | "canceled";
        };
        /** @description A message that was accepted. */
        ChatAcceptedShape: {
            /**
             * Format: uuid
             * @description What answers it, as `/api/sse` tells it.
             */
            generation_id: string;
            /** @description As given. */
            session_id: string;
        };
        /** @description What is said, and where. */
        ChatBody: {
            /** @description 1 byte to 256 KiB. */
            message: string;
            /** @description Who should answer: a name from `/api/models`, or `provider/model`. */
            model?: string | null;
            /** @description Your own name for the session; 1 to 200 bytes. */
            session_id: string;
            /** @description Your own name for the user; 1 to 200 bytes. */
            user_id: string;
        };
        /** @description A chat, with what goes on in it. */
        ChatDetailShape: components["schemas"]["ChatShape"] & {
            /**
             * Format: uuid
             * @description The newest generation of the chat that is queued or streaming; one that waits for its turn only
             *     if there is no other.
             */
            activeGenerationId?: string | null;
        };
        /** @description A chat. */
        ChatShape: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            createdAt: string;
            /**
             * Format: uuid
             * @description Which one.
             */
            id: string;
            /** @description Empty until it is named by its owner or by its first message. */
            title: string;
            /**
             * Format: date-time
             * @description When its last message or name came.
             */
            updatedAt: string;
        };
        /**
         * @description Which dead letters: those named, those whose reason holds a text, or all of them. 1000 are looked at, the
         *     oldest first; the answer tells where to go on.
         */
        ChoiceBody: {
            /** @description All of them. */
            all?: boolean;
            /** @description `nextCursor` of an answer before: goes on behind those that were looked at. */
            cursor?: string | null;
            /** @description Only say how many there are. */
            dryRun?: boolean;
            /** @description These; at most 1000. */
            messageIds?: string[] | null;
            /**
             * Format: date-time
             * @description Only those that were here by then: `until` of the answer before, so that one that comes back is not met
             *     again.
             */
            until?: string | null;
            /** @description Those whose reason holds this text; not blank. */
            why?: string | null;
        };
        /** @description How many of the dead letters that were looked at. */
        CountShape: {
            /**
             * Format: int64
             * @description It was done with.
             */
            done: number;
            /**
             * Format: int64
             * @description Were left alone: what they ask for has ended, so there is nothing left to do.
             */
            ended: number;
            /**
             * Format: int64
             * @description There are.
             */
            matching: number;
            /** @description The `cursor` to go on behind those that were looked at; null if there are no more. */
            nextCursor?: string | null;
            /**
             * Format: date-time
             * @description Those that came later were not looked at; said again with the cursor it goes on with the same ones.
             */
            until: string;
        };
        /** @description An e-mail address and a password. */
        CredentialsBody: {
            /** @description The name to sign in with. */
            email: string;
            /**
             * Format: password
             * @description 8 to 1024 bytes; a new one must not be among those that are tried first.
             */
            password: string;
        };
        /** @description What a user spent on one day. */
        DailyUsageShape: {
            /**
             * Format: int64
             * @description Attempts that spent tokens.
             */
            attempts: number;
            /**
             * Format: int64
             * @description What those cost whose price is known, in billionths of a US dollar.
             */
            costNanoUsd: number;
            /**
             * Format: date
             * @description The day (UTC).
             */
            day: string;
            /**
             * Format: int64
             * @description Tokens of prompts.
             */
            inputTokens: number;
            /**
             * Format: int64
             * @description Tokens of answers.
             */
            outputTokens: number;
        };
        /** @description A message that could not be done, with what it says. */
        DeadLetterDetailShape: components["schemas"]["DeadLetterShape"] & {
            /** @description What it says, prompts left out; absent if it is no JSON. */
            content?: {
                [key: string]: unknown;
            } | null;
            /** @description Further facts. */
            headers: {
                [key: string]: string;
            };
        };
        /** @description A message that could not be done. */
        DeadLetterShape: {
            /**
             * Format: int64
             * @description How long it is.
             */
            bytes: number;
            /**
             * Format: uuid
             * @description What it belongs to, usually the generation.
             */
            correlationId: string;
            /** @description What kind it is. */
            kind: string;
            /**
             * Format: uuid
             * @description The message.
             */
            messageId: string;
            /** @description Where it had been. */
            queue: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
            /** @description Why it is here. */
            why: string;
        };
        /** @description An account, and whether it is shut out. */
        DisabledBody: {
            /** @description Whether it is. */
            disabled: boolean;
            /** @description Whose. */
            email: string;
        };
        /** @description A generation with all that says why it waits. */
        ExplainedShape: {
            /** @description The generations it waits behind, the next to end first; none unless it is held. */
            behind: string[];
            /** @description The generation. */
            generation: components["schemas"]["GenerationShape"];
            /** @description Whether it waits for its turn, behind others of its user. */
            held: boolean;
            /** @description The keys of its provider. */
            keys: components["schemas"]["KeyShape"][];
            /** @description The workers of its provider. */
            pool: components["schemas"]["PoolShape"];
            /** @description The jobs of its provider. */
            queue: components["schemas"]["QueueShape"];
            /**
             * Format: int32
             * @description How often it was put back because its worker had vanished.
             */
            rescues: number;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            userId: string;
            /** @description In a sentence. */
            why: string;
        };
        /** @description A whole chat as JSON. */
        ExportShape: {
            /** @description The chat. */
            chat: components["schemas"]["ChatShape"];
            /** @description Its messages, oldest first. */
            messages: components["schemas"]["MessageShape"][];
        };
        /** @description What is wrong with one field. */
        Fault: {
            /** @description What is wrong, and what is allowed. */
            detail: string;
            /** @description Which field, as a JSON pointer; a query parameter by its name. */
            pointer: string;
        };
        /** @description A generation with the tries at it. */
        GenerationDetailShape: components["schemas"]["GenerationShape"] & {
            /** @description The tries, in order. */
            attempts: components["schemas"]["AttemptShape"][];
        };
        /** @description A generation. */
        GenerationShape: {
            /**
             * Format: int32
             * @description The attempt under way, or the last one; 0 before the first.
             */
            attempt: number;
            /** @description Whether its user asked to stop. */
            cancelRequested: boolean;
            /**
             * Format: uuid
             * @description Where the answer goes.
             */
            chatId: string;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            createdAt: string;
            /** @description Why it failed, as a stable code. */
            errorCode?: string | null;
            /** @description Why it failed, for people. */
            errorMessage?: string | null;
            /** @description How the model ended, for example `stop` or `length`. */
            finishReason?: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finishedAt?: string | null;
            /**
             * Format: uuid
             * @description Which one.
             */
            id: string;
            /**
             * Format: int64
             * @description Tokens of the prompt, over all attempts.
             */
            inputTokens: number;
            /**
             * Format: uuid
             * @description The answer, once there is one.
             */
            messageId?: string | null;
            /** @description Which of the provider's models. */
            model: string;
            /**
             * Format: int64
             * @description Tokens of the answer, over all attempts.
             */
            outputTokens: number;
            /** @description Who is asked. */
            provider: string;
            /**
             * Format: int32
             * @description How many waits of the retry ladder it has used.
             */
            retries: number;
            /**
             * Format: date-time
             * @description When the next try is due, while one is parked.
             */
            retryAt?: string | null;
            /**
             * Format: date-time
             * @description When its first attempt started.
             */
            startedAt?: string | null;
            /** @enum {string} */
            status: "queued" | "streaming" | "succeeded" | "failed" | "canceled";
            /**
             * Format: uuid
             * @description The message it answers.
             */
            userMessageId: string;
        };
        /** @description A generation that has not ended. */
        JobShape: {
            /**
             * Format: int64
             * @description How many seconds ago it was accepted.
             */
            ageSeconds: number;
            /**
             * Format: int32
             * @description The attempt under way, or the last one; 0 before the first.
             */
            attempt: number;
            /** @description Whether its user asked to stop. */
            cancelRequested: boolean;
            /**
             * Format: uuid
             * @description Where the answer goes.
             */
            chatId: string;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            createdAt: string;
            /**
             * Format: uuid
             * @description Which one.
             */
            generationId: string;
            /** @description Which of the provider's models. */
            model: string;
            /** @description Who is asked. */
            provider: string;
            /**
             * Format: int32
             * @description How many waits of the retry ladder it has used.
             */
            retries: number;
            /**
             * Format: date-time
             * @description When the next try is due, while one is parked.
             */
            retryAt?: string | null;
            /**
             * @description `held` behind others of its user, `waiting` for the time of its next try, `queued` for a worker, or
             *     `streaming`.
             */
            state: string;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            userId: string;
        };
        /** @description A key to be made. */
        KeyBody: {
            /**
             * Format: int32
             * @description After how many days it ends; never when absent.
             */
            days?: number | null;
            /** @description What to call it; 1 to 100 characters. */
            name: string;
            /** @description Whether it may only read; false when absent. */
            readOnly?: boolean;
        };
        /** @description A provider key. */
        KeyShape: {
            /** @description What else it may use, and how much of that is used. */
            budgets: components["schemas"]["BudgetShape"][];
            /**
             * Format: int32
             * @description How many there may be.
             */
            concurrency?: number | null;
            /** @description Keys of one group are limited and rest together. */
            group?: string | null;
            /** @description Its name; the secret is with the workers alone. */
            key: string;
            /** @description The models for which alone it rests, or which it may not be used for. */
            models: components["schemas"]["ModelRestShape"][];
            probe?: components["schemas"]["ProbeShape"] | null;
            /** @description Whose. */
            provider: string;
            /**
             * Format: int32
             * @description How many it may make.
             */
            requestsPerMinute?: number | null;
            /**
             * @description `active`, `cooling`, `exhausted`, `revoked`, `disabled`, or `draining`: disabled with calls still
             *     under way. It shows a rest for one model too; `models` says which.
             */
            state: string;
            /**
             * Format: int32
             * @description Calls under way.
             */
            underWay: number;
            /**
             * Format: date-time
             * @description Until when it is so, if a time is set.
             */
            until?: string | null;
            /**
             * Format: int32
             * @description Requests made with it in the last 60 seconds.
             */
            usedInWindow: number;
            /**
             * Format: int32
             * @description How often it comes, compared with others.
             */
            weight: number;
        };
        /** @description Whose letters the caller reads. */
        LinkBody: {
            /** @description The name to sign in with. */
            email: string;
        };
        /** @description What is said to everybody. */
        LinkShape: {
            /** @description In words. */
            message: string;
        };
        /** @description One page of a list. */
        ListShape_ApiKeyShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When it ends; never when null.
                 */
                expiresAt?: string | null;
                /**
                 * Format: uuid
                 * @description Which one.
                 */
                id: string;
                /** @description What its user calls it. */
                name: string;
                /** @description Its first characters. */
                prefix: string;
                /** @description Whether it may only read. */
                readOnly: boolean;
                /**
                 * Format: date-time
                 * @description When it was used last, to the minute or so.
                 */
                usedAt?: string | null;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_AuditShape: {
            /** @description The items. */
            items: {
                /** @description What, as `noun.verb`. */
                action: string;
                /**
                 * Format: uuid
                 * @description Who; null for whoever runs the machine, and the system itself.
                 */
                actor?: string | null;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description What else there is to say of it, for example a value before and after. */
                detail?: string | null;
                /** @description To what, as an id or a name. */
                subject: string;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_ChatShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                createdAt: string;
                /**
                 * Format: uuid
                 * @description Which one.
                 */
                id: string;
                /** @description Empty until it is named by its owner or by its first message. */
                title: string;
                /**
                 * Format: date-time
                 * @description When its last message or name came.
                 */
                updatedAt: string;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_DailyUsageShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description Attempts that spent tokens.
                 */
                attempts: number;
                /**
                 * Format: int64
                 * @description What those cost whose price is known, in billionths of a US dollar.
                 */
                costNanoUsd: number;
                /**
                 * Format: date
                 * @description The day (UTC).
                 */
                day: string;
                /**
                 * Format: int64
                 * @description Tokens of prompts.
                 */
                inputTokens: number;
                /**
                 * Format: int64
                 * @description Tokens of answers.
                 */
                outputTokens: number;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_DeadLetterShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description How long it is.
                 */
                bytes: number;
                /**
                 * Format: uuid
                 * @description What it belongs to, usually the generation.
                 */
                correlationId: string;
                /** @description What kind it is. */
                kind: string;
                /**
                 * Format: uuid
                 * @description The message.
                 */
                messageId: string;
                /** @description Where it had been. */
                queue: string;
                /**
                 * Format: date-time
                 * @description Since when.
                 */
                since: string;
                /** @description Why it is here. */
                why: string;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_JobShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description How many seconds ago it was accepted.
                 */
                ageSeconds: number;
                /**
                 * Format: int32
                 * @description The attempt under way, or the last one; 0 before the first.
                 */
                attempt: number;
                /** @description Whether its user asked to stop. */
                cancelRequested: boolean;
                /**
                 * Format: uuid
                 * @description Where the answer goes.
                 */
                chatId: string;
                /**
                 * Format: date-time
                 * @description When it was accepted.
                 */
                createdAt: string;
                /**
                 * Format: uuid
                 * @description Which one.
                 */
                generationId: string;
                /** @description Which of the provider's models. */
                model: string;
                /** @description Who is asked. */
                provider: string;
                /**
                 * Format: int32
                 * @description How many waits of the retry ladder it has used.
                 */
                retries: number;
                /**
                 * Format: date-time
                 * @description When the next try is due, while one is parked.
                 */
                retryAt?: string | null;
                /**
                 * @description `held` behind others of its user, `waiting` for the time of its next try, `queued` for a worker, or
                 *     `streaming`.
                 */
                state: string;
                /**
                 * Format: uuid
                 * @description Whose it is.
                 */
                userId: string;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_KeyShape: {
            /** @description The items. */
            items: {
                /** @description What else it may use, and how much of that is used. */
                budgets: components["schemas"]["BudgetShape"][];
                /**
                 * Format: int32
                 * @description How many there may be.
                 */
                concurrency?: number | null;
                /** @description Keys of one group are limited and rest together. */
                group?: string | null;
                /** @description Its name; the secret is with the workers alone. */
                key: string;
                /** @description The models for which alone it rests, or which it may not be used for. */
                models: components["schemas"]["ModelRestShape"][];
                probe?: components["schemas"]["ProbeShape"] | null;
                /** @description Whose. */
                provider: string;
                /**
                 * Format: int32
                 * @description How many it may make.
                 */
                requestsPerMinute?: number | null;
                /**
                 * @description `active`, `cooling`, `exhausted`, `revoked`, `disabled`, or `draining`: disabled with calls still
                 *     under way. It shows a rest for one model too; `models` says which.
                 */
                state: string;
                /**
                 * Format: int32
                 * @description Calls under way.
                 */
                underWay: number;
                /**
                 * Format: date-time
                 * @description Until when it is so, if a time is set.
                 */
                until?: string | null;
                /**
                 * Format: int32
                 * @description Requests made with it in the last 60 seconds.
                 */
                usedInWindow: number;
                /**
                 * Format: int32
                 * @description How often it comes, compared with others.
                 */
                weight: number;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_MessageShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: uuid
                 * @description The chat it stands in.
                 */
                chatId: string;
                /** @description What is said. */
                content: string;
                /**
                 * Format: date-time
                 * @description When it was stored.
                 */
                createdAt: string;
                /**
                 * Format: uuid
                 * @description The generation that wrote it, for an answer; for a question that is the newest message, on a page
                 *     asked for without a cursor, the latest one asked for with it.
                 */
                generationId?: string | null;
                /**
                 * Format: uuid
                 * @description Which one.
                 */
                id: string;
                /**
                 * Format: int64
                 * @description Tokens of prompts that the answer took, all its attempts together; absent of what is no answer, and where
                 *     nothing was spent.
                 */
                inputTokens?: number | null;
                /**
                 * Format: int64
                 * @description Tokens of the answer, likewise.
                 */
                outputTokens?: number | null;
                /**
                 * Format: uuid
                 * @description Which message it follows; null for one that begins the chat. Messages with one parent are siblings.
                 */
                parentId?: string | null;
                /** @enum {string} */
                role: "user" | "assistant" | "system";
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_ModelUsageShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description Attempts that spent tokens.
                 */
                attempts: number;
                /**
                 * Format: int64
                 * @description Of those, how many the provider had in its cache.
                 */
                cachedInputTokens: number;
                /**
                 * Format: int64
                 * @description What the others cost, in billionths of a US dollar.
                 */
                costNanoUsd: number;
                /**
                 * Format: date
                 * @description The day (UTC).
                 */
                day: string;
                /**
                 * Format: int64
                 * @description Tokens of prompts.
                 */
                inputTokens: number;
                /** @description On which model. */
                model: string;
                /**
                 * Format: int64
                 * @description Tokens of answers.
                 */
                outputTokens: number;
                /** @description At which provider. */
                provider: string;
                /**
                 * Format: int64
                 * @description Of those, how many are hidden reasoning.
                 */
                reasoningTokens: number;
                /**
                 * Format: int64
                 * @description How many of them have no known price.
                 */
                unpriced: number;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_PoolShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description How many jobs they work on.
                 */
                busy: number;
                /**
                 * Format: int32
                 * @description How many answers each worker streams at once, by the wish of an operator; null for what each is
                 *     configured for.
                 */
                concurrency?: number | null;
                /** @description Why, if that was said with it. */
                pauseReason?: string | null;
                /** @description Whether no more jobs are taken, by the wish of an operator. */
                paused: boolean;
                /**
                 * Format: date-time
                 * @description When that was said last.
                 */
                pausedAt?: string | null;
                /**
                 * @description Who said last that it is paused, by e-mail address; absent for whoever runs the machine, for an account that is
                 *     gone, and while it is not paused.
                 */
                pausedBy?: string | null;
                /** @description Which provider. */
                provider: string;
                /**
                 * Format: int32
                 * @description How many requests each key may make in any minute, by the wish of an operator; null for what is
                 *     configured.
                 */
                requestsPerMinute?: number | null;
                /**
                 * Format: int64
                 * @description How many answers they stream at once, at most.
                 */
                slots: number;
                /**
                 * Format: int64
                 * @description How many workers there are.
                 */
                workers: number;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_QueueShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description Waiting for their time.
                 */
                delayed: number;
                /** @description Its name. */
                name: string;
                /**
                 * Format: date-time
                 * @description Of the jobs whose time has come, since when the first one waits.
                 */
                oldest?: string | null;
                /**
                 * Format: int64
                 * @description Ready to be delivered.
                 */
                ready: number;
                /** @description The jobs that wait for their time, by rung of the ladder. */
                rungs?: components["schemas"]["RungShape"][];
                /**
                 * Format: int64
                 * @description Delivered and not ended.
                 */
                unsettled: number;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description One page of a list. */
        ListShape_WorkerShape: {
            /** @description The items. */
            items: {
                /**
                 * Format: int32
                 * @description How many jobs it works on.
                 */
                busy: number;
                /** @description Whether it takes no more jobs. */
                paused: boolean;
                /** @description For which provider. */
                provider: string;
                /**
                 * Format: int32
                 * @description How many answers it streams at once, at most.
                 */
                slots: number;
                /** @description Which version it is. */
                version: string;
                /** @description Its name: service, host, process and start. */
                worker: string;
            }[];
            /** @description The `cursor` of the next page, of older items where the newest come first; null after the last one. */
            nextCursor?: string | null;
            /**
             * @description The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
             *     in every list that is read in one direction alone.
             */
            prevCursor?: string | null;
        };
        /** @description What is said. */
        MessageBody: {
            /** @description 1 byte to 256 KiB. */
            content: string;
            /** @description Who should answer: a name from `/api/models`, or `provider/model`. */
            model?: string | null;
            /** @description `user`, the only one who begins a run. */
            role?: string | null;
        };
        /** @description A message. */
        MessageShape: {
            /**
             * Format: uuid
             * @description The chat it stands in.
             */
            chatId: string;
            /** @description What is said. */
            content: string;
            /**
             * Format: date-time
             * @description When it was stored.
             */
            createdAt: string;
            /**
             * Format: uuid
             * @description The generation that wrote it, for an answer; for a question that is the newest message, on a page
             *     asked for without a cursor, the latest one asked for with it.
             */
            generationId?: string | null;
            /**
             * Format: uuid
             * @description Which one.
             */
            id: string;
            /**
             * Format: int64
             * @description Tokens of prompts that the answer took, all its attempts together; absent of what is no answer, and where
             *     nothing was spent.
             */
            inputTokens?: number | null;
            /**
             * Format: int64
             * @description Tokens of the answer, likewise.
             */
            outputTokens?: number | null;
            /**
             * Format: uuid
             * @description Which message it follows; null for one that begins the chat. Messages with one parent are siblings.
             */
            parentId?: string | null;
            /** @enum {string} */
            role: "user" | "assistant" | "system";
        };
        /** @description A model for which a key rests. */
        ModelRestShape: {
            /** @description Which. */
            model: string;
            /**
             * Format: date-time
             * @description Until when; absent if the key may not be used for it.
             */
            until?: string | null;
        };
        /** @description A model a caller may ask for. */
        ModelShape: {
            /**
             * @description Whether a question is answered at once, as far as was seen some seconds ago: a worker takes the jobs of its
             *     provider, and a key can be used for it. Else it waits.
             */
            available: boolean;
            /**
             * Format: date-time
             * @description From when on it can, if not now and if that is known.
             */
            availableAt?: string | null;
            /** @description Whether it answers when no model is named. */
            default: boolean;
            /** @description What to write into `model`. */
            id: string;
            /**
             * Format: int32
             * @description The most that `maxTokens` may be; one of a chain that can do less is asked for less.
             */
            maxTokens: number;
            /** @description Who answers; of a chain of models, who is asked first. */
            provider: string;
        };
        /** @description What all users together spent on one model on one day. */
        ModelUsageShape: {
            /**
             * Format: int64
             * @description Attempts that spent tokens.
             */
            attempts: number;
            /**
             * Format: int64
             * @description Of those, how many the provider had in its cache.
             */
            cachedInputTokens: number;
            /**
             * Format: int64
             * @description What the others cost, in billionths of a US dollar.
             */
            costNanoUsd: number;
            /**
             * Format: date
             * @description The day (UTC).
             */
            day: string;
            /**
             * Format: int64
             * @description Tokens of prompts.
             */
            inputTokens: number;
            /** @description On which model. */
            model: string;
            /**
             * Format: int64
             * @description Tokens of answers.
             */
            outputTokens: number;
            /** @description At which provider. */
            provider: string;
            /**
             * Format: int64
             * @description Of those, how many are hidden reasoning.
             */
            reasoningTokens: number;
            /**
             * Format: int64
             * @description How many of them have no known price.
             */
            unpriced: number;
        };
        /** @description The models a caller may ask for. */
        ModelsShape: {
            /** @description All of them. */
            items: components["schemas"]["ModelShape"][];
        };
        /** @description An API key just made. */
        NewApiKeyShape: components["schemas"]["ApiKeyShape"] & {
            /** @description The key; it is never shown again. */
            key: string;
        };
        /** @description The name of a new chat. */
        NewChatBody: {
            /** @description Without one the first message names the chat. */
            title?: string | null;
        };
        /** @description Somebody who chats. */
        NewUserShape: {
            /** @description As given. */
            name: string;
            /**
             * Format: uuid
             * @description Who; whoever knows it speaks for this guest.
             */
            user_id: string;
        };
        /** @description What somebody who is not signed in can do, besides signing in. */
        OptionsShape: {
            /** @description Whether links are mailed, to choose another password or to make an account. */
            links: boolean;
            /** @enum {string} */
            registration: "open" | "mail" | "closed";
        };
        /** @description The password that holds, and the one to come. */
        PasswordBody: {
            /**
             * Format: password
             * @description The one that holds; left out by an account that has none yet.
             */
            currentPassword?: string | null;
            /**
             * Format: password
             * @description 8 to 1024 bytes.
             */
            newPassword: string;
        };
        /** @description What to change of a pool; what is not named stays. */
        PoolBody: {
            /**
             * Format: int32
             * @description How many answers each worker streams at once; 0 for what it is configured for.
             */
            concurrency?: number | null;
            /** @description Take no more jobs; answers under way go on. */
            paused?: boolean | null;
            /** @description Why it is paused, for whoever looks at it; together with `paused: true` alone. */
            reason?: string | null;
            /**
             * Format: int32
             * @description How many requests each key may make in any minute; 0 for what is configured.
             */
            requestsPerMinute?: number | null;
        };
        /** @description The workers of one provider. */
        PoolShape: {
            /**
             * Format: int64
             * @description How many jobs they work on.
             */
            busy: number;
            /**
             * Format: int32
             * @description How many answers each worker streams at once, by the wish of an operator; null for what each is
             *     configured for.
             */
            concurrency?: number | null;
            /** @description Why, if that was said with it. */
            pauseReason?: string | null;
            /** @description Whether no more jobs are taken, by the wish of an operator. */
            paused: boolean;
            /**
             * Format: date-time
             * @description When that was said last.
             */
            pausedAt?: string | null;
            /**
             * @description Who said last that it is paused, by e-mail address; absent for whoever runs the machine, for an account that is
             *     gone, and while it is not paused.
             */
            pausedBy?: string | null;
            /** @description Which provider. */
            provider: string;
            /**
             * Format: int32
             * @description How many requests each key may make in any minute, by the wish of an operator; null for what is
             *     configured.
             */
            requestsPerMinute?: number | null;
            /**
             * Format: int64
             * @description How many answers they stream at once, at most.
             */
            slots: number;
            /**
             * Format: int64
             * @description How many workers there are.
             */
            workers: number;
        };
        /** @description What a look at a key has found. */
        ProbeShape: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description `well`, or what is wrong. */
            found: string;
        };
        /** @description Why a request failed (RFC 9457). */
        Problem: {
            /** @description The kind as a stable code. */
            code: string;
            /** @description What is wrong this time. */
            detail: string;
            /** @description The faults of the request, field by field. */
            errors?: components["schemas"]["Fault"][];
            /**
             * Format: uuid
             * @description The generation in the way.
             */
            generationId?: string | null;
            /** @description Names this occurrence; the log has it too. */
            instance: string;
            /**
             * Format: date-time
             * @description When to try again.
             */
            retryAt?: string | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind in words. */
            title: string;
            /** @description Names the kind of problem; one per code. */
            type: string;
        };
        /** @description How much waits in a queue. */
        QueueShape: {
            /**
             * Format: int64
             * @description Waiting for their time.
             */
            delayed: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description Of the jobs whose time has come, since when the first one waits.
             */
            oldest?: string | null;
            /**
             * Format: int64
             * @description Ready to be delivered.
             */
            ready: number;
            /** @description The jobs that wait for their time, by rung of the ladder. */
            rungs?: components["schemas"]["RungShape"][];
            /**
             * Format: int64
             * @description Delivered and not ended.
             */
            unsettled: number;
        };
        /** @description A link, and the password to come. */
        RedeemBody: {
            /**
             * Format: password
             * @description 8 to 1024 bytes, and not among those that are tried first.
             */
            password: string;
            /** @description What the link carries behind `#/link/`. */
            token: string;
        };
        /** @description The new name of a chat. */
        RenameBody: {
            /** @description The new name. */
            title: string;
        };
        /** @description An account, and what it may do from now on. */
        RoleBody: {
            /** @description Whose. */
            email: string;
            /** @description `user`, `viewer`, `operator` or `admin`. */
            role: string;
        };
        /** @description A run that was accepted. */
        RunBegunShape: {
            /**
             * Format: uuid
             * @description What was said.
             */
            message_id: string;
            /**
             * Format: uuid
             * @description The run that answers it; a generation in the other vocabulary.
             */
            run_id: string;
            /** @description Where it is. */
            status: string;
        };
        /** @description What became of the wish to stop. */
        RunCanceledShape: {
            /**
             * Format: uuid
             * @description Which one.
             */
            run_id: string;
            /** @description Where it is now; `streaming` while a worker is about to stop. */
            status: string;
        };
        /** @description A run. */
        RunShape: {
            /**
             * Format: uuid
             * @description The answer, once there is one.
             */
            answer_id?: string | null;
            /**
             * Format: int32
             * @description The attempt under way, or the last one.
             */
            attempt: number;
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            created_at: string;
            /** @description Why it failed, as a stable code. */
            error_code?: string | null;
            /** @description Why it failed, for people. */
            error_message?: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string | null;
            /**
             * Format: int64
             * @description Tokens of the prompt.
             */
            input_tokens: number;
            /**
             * Format: uuid
             * @description What it answers.
             */
            message_id: string;
            /** @description Who is asked. */
            model: string;
            /**
             * Format: int64
             * @description Tokens of the answer.
             */
            output_tokens: number;
            /**
             * Format: uuid
             * @description Which one.
             */
            run_id: string;
            /**
             * Format: date-time
             * @description When its first attempt started.
             */
            started_at?: string | null;
            /** @description `queued`, `streaming`, `succeeded`, `failed` or `canceled`. */
            status: string;
            /**
             * Format: uuid
             * @description Where.
             */
            thread_id: string;
        };
        /** @description Jobs that wait on one rung. */
        RungShape: {
            /**
             * Format: int64
             * @description How many there are.
             */
            jobs: number;
            /**
             * Format: date-time
             * @description When the first of them is due.
             */
            next: string;
            /**
             * Format: int32
             * @description How many rungs they have used; 0 for those that wait for a key.
             */
            retries: number;
        };
        /** @description How many answers a worker streams at once. */
        ScaleBody: {
            /**
             * Format: int32
             * @description How many; 0 for what is wanted of its pools.
             */
            concurrency: number;
        };
        /** @description A message, with wishes for its answer. */
        SendBody: {
            /** @description What is said; 1 byte to 256 KiB. */
            content: string;
            /** @description Whether an answer is wanted; true when absent, for a user's message. */
            generate?: boolean | null;
            /**
             * Format: int32
             * @description The longest answer, in tokens; not above the maximum of the model, if one is known.
             */
            maxTokens?: number | null;
            /** @description Who should answer: a name from `/api/models`, or `provider/model`. */
            model?: string | null;
            /**
             * @description What to do while another generation is under way: `reject`, `interrupt`, which stops it first,
             *     or `queue`, which waits for its end.
             */
            onBusy?: string | null;
            /**
             * Format: uuid
             * @description Which message it follows; the newest when absent. Another one makes a branch: what follows one message
             *     are siblings. Null begins the chat anew.
             */
            parentId?: string | null;
            /** @description Your own name for this request: repeated, it names the same generation. */
            requestId?: string | null;
            /** @description Who said it: `user`, or `assistant` for a message that is only stored. */
            role?: string | null;
            /** @description The rules put before the chat; at most 64 KiB. */
            systemPrompt?: string | null;
            /**
             * Format: double
             * @description 0 is the most predictable.
             */
            temperature?: number | null;
        };
        /** @description A sign-in. */
        SessionShape: {
            /** @description Speaks for the user, as `Authorization: Bearer …`. */
            accessToken: string;
            /**
             * Format: int64
             * @description For how many seconds the access token is good.
             */
            expiresIn: number;
            /** @description Buys the next access token, once. */
            refreshToken: string;
            /** @description Who signed in. */
            user: components["schemas"]["UserShape"];
        };
        /** @description Whose thread it is. */
        ThreadBody: {
            /** @description What to call it; its first message names it when absent. */
            title?: string | null;
            /** @description Who; from `POST /api/users`. */
            user_id: string;
        };
        /** @description A thread. */
        ThreadShape: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Which one; a chat in the other vocabulary.
             */
            thread_id: string;
            /** @description Empty until it is named. */
            title: string;
            /**
             * Format: uuid
             * @description Whose.
             */
            user_id: string;
        };
        /** @description The stream to be opened. */
        TicketBody: {
            /**
             * @description Its path, for example the `streamUrl` of a generation; for a session with its query,
             *     `/api/sse?session_id=…&user_id=…`.
             */
            path: string;
        };
        /** @description A ticket. */
        TicketShape: {
            /**
             * Format: int64
             * @description For how many seconds it is good.
             */
            expiresIn: number;
            /** @description Opens the stream, once: `?ticket=…` behind its path, `&ticket=…` behind a query. */
            ticket: string;
        };
        /** @description A refresh token; without one, the cookie counts. */
        TokenBody: {
            /** @description The refresh token of the last answer. */
            refreshToken?: string | null;
        };
        /** @description An access token that nothing renews. */
        TokenShape: {
            /** @description Speaks for the user, as `Authorization: Bearer …`. */
            accessToken: string;
            /**
             * Format: int64
             * @description For how many seconds it is good.
             */
            expiresIn: number;
            /** @description Whom it speaks for. */
            user: components["schemas"]["UserShape"];
        };
        /** @description What to call the guest. */
        UserBody: {
            /** @description At most 200 bytes. */
            name?: string | null;
        };
        /** @description An account. */
        UserShape: {
            /** @description Whether it is shut out. */
            disabled: boolean;
            /** @description The name to sign in with. */
            email: string;
            /**
             * Format: uuid
             * @description Which one.
             */
            id: string;
            /** @enum {string} */
            role: "guest" | "user" | "viewer" | "operator" | "admin";
        };
        /** @description The one-time token. */
        WelcomeBody: {
            /** @description What the link carries behind its `#`. */
            token: string;
        };
        /** @description Whom a token is to speak for: one of both. */
        WhomBody: {
            /** @description By the name to sign in with. */
            email?: string | null;
            /**
             * Format: uuid
             * @description By the id of the account.
             */
            userId?: string | null;
        };
        /** @description A worker in one pool, as it says itself. */
        WorkerShape: {
            /**
             * Format: int32
             * @description How many jobs it works on.
             */
            busy: number;
            /** @description Whether it takes no more jobs. */
            paused: boolean;
            /** @description For which provider. */
            provider: string;
            /**
             * Format: int32
             * @description How many answers it streams at once, at most.
             */
            slots: number;
            /** @description Which version it is. */
            version: string;
            /** @description Its name: service, host, process and start. */
            worker: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAuthKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_ApiKeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAuthKeysId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkShape"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLinksRedeem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeemBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLogin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CredentialsBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthLogout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TokenBody"] | null;
            };
        };
        responses: {
            /** @description Signed out, or was not signed in. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAuthMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAuthOptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptionsShape"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthRefresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TokenBody"] | null;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthRegister: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CredentialsBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthTickets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postAuthWelcome: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WelcomeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChat: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeated, it names the same answer. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatAcceptedShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChats: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of a page before. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_ChatShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewChatBody"] | null;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChatsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatDetailShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteChatsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchChatsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChatsIdEvents: {
        parameters: {
            query?: {
                /** @description The same, for the first request. */
                lastEventId?: string;
                /** @description A ticket for this stream, in the place of an access token. */
                ticket?: string;
            };
            header?: {
                /** @description The last `id` seen. */
                "Last-Event-ID"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChatsIdExport: {
        parameters: {
            query?: {
                /** @description `markdown` or `json`. */
                format?: "markdown" | "json";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                    "application/json": components["schemas"]["ExportShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChatsIdGenerations: {
        parameters: {
            query?: never;
            header?: {
                /** @description Stands in for `requestId`. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChatsIdMessages: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of a page before. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_MessageShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postChatsIdMessages: {
        parameters: {
            query?: never;
            header?: {
                /** @description Stands in for `requestId`; only where an answer is asked for. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendBody"];
            };
        };
        responses: {
            /** @description Stored; `generate` was false. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageShape"];
                };
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEvents: {
        parameters: {
            query?: {
                /** @description A ticket for this stream, in the place of an access token. */
                ticket?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGenerationsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GenerationDetailShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postGenerationsIdCancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanceledShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postGenerationsIdRegenerate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Stands in for `requestId`. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AgainBody"] | null;
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGenerationsIdStream: {
        parameters: {
            query?: {
                /** @description The same, for the first request. */
                lastEventId?: number;
                /** @description A ticket for this stream, in the place of an access token. */
                ticket?: string;
            };
            header?: {
                /** @description The last event seen. */
                "Last-Event-ID"?: number | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description It is over, and everything was seen. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsAudit: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of a page before. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_AuditShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsDeadLetters: {
        parameters: {
            query?: {
                /** @description `nextCursor` of a page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_DeadLetterShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsDeadLettersDrop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChoiceBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsDeadLettersReplay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChoiceBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsDeadLettersId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetailShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsGenerations: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of a page before. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                /** @description `held`, `waiting`, `queued` or `streaming`. */
                state?: string;
                /** @description Whose, as the id of an account. */
                user?: string;
                /** @description Who is asked. */
                provider?: string;
                /** @description Which of the provider's models. */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_JobShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsGenerationsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainedShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsGenerationsIdCancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanceledShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsGenerationsIdRetry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanceledShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_KeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsKeysProviderKeyDisable: {
        parameters: {
            query?: {
                /** @description For how long, in seconds; for good when absent. */
                seconds?: number;
            };
            header?: never;
            path: {
                provider: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsKeysProviderKeyEnable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsKeysProviderKeyTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsPools: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_PoolShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchOpsPoolsProvider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PoolBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PoolShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsQueues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_QueueShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsReload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every worker follows within a second. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsUsage: {
        parameters: {
            query?: {
                /** @description The first day (UTC); 30 days ago when absent. */
                from?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_ModelUsageShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddUserBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedUserShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsUsersDisabled: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DisabledBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsUsersRole: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsUsersToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhomBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpsWorkers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_WorkerShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsWorkersWorkerDrain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                worker: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_WorkerShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsWorkersWorkerResume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                worker: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_WorkerShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postOpsWorkersWorkerScale: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                worker: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScaleBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_WorkerShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postRunsIdCancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunCanceledShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunsIdEvents: {
        parameters: {
            query?: {
                /** @description The same, for the first request. */
                lastEventId?: number;
                /** @description A ticket for this stream, in the place of an access token. */
                ticket?: string;
            };
            header?: {
                /** @description The last event seen. */
                "Last-Event-ID"?: number | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description It is over, and everything was seen. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSearch: {
        parameters: {
            query: {
                /** @description What stands in the name or a message; 1 to 200 characters. */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_ChatShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSse: {
        parameters: {
            query: {
                /** @description As in `POST /api/chat`. */
                session_id: string;
                /** @description As in `POST /api/chat`. */
                user_id: string;
                /** @description The same, for the first request. */
                lastEventId?: string;
                /** @description A ticket for this stream, in the place of an access token. */
                ticket?: string;
            };
            header?: {
                /** @description The last `id` seen; the first frame has one, and no piece. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postThreads: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThreadBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postThreadsIdMessages: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeated, it names the same run. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBegunShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsageDaily: {
        parameters: {
            query?: {
                /** @description The first day (UTC); 30 days ago when absent. */
                from?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListShape_DailyUsageShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewUserShape"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not ready; the body says what is missing. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why the request failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
