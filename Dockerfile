# The service as an image. It writes below /data and nowhere else, so its root can be read-only:
#   docker run --read-only --tmpfs /tmp -v membership:/data -p 3000:3000 -e ISSUERS=… membership
FROM node:22.12.0-bookworm-slim AS build
WORKDIR /service
COPY package.json package-lock.json .npmrc .swcrc ./
COPY libs/client/package.json libs/client/
# The sources come later, so that a change of them installs nothing again.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tools tools
COPY libs libs
COPY apps apps
RUN npm run --silent build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22.12.0-bookworm-slim
ENV NODE_ENV=production HTTP_HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /service
COPY --from=build /service/package.json ./
COPY --from=build /service/node_modules node_modules
COPY --from=build /service/libs/client libs/client
COPY --from=build /service/dist dist
COPY catalogues catalogues
COPY proto proto
RUN mkdir --mode=0700 /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { HTTP_HOST, HTTP_PORT } = process.env; const host = (HTTP_HOST || '127.0.0.1').replace(/^[^[].*:.*/, '[$&]'); fetch(`http://${host}:${HTTP_PORT || 3000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/membership/src/main.js"]
