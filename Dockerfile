FROM node:26-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npm run build

FROM node:26-bookworm-slim
COPY --from=build /src/dist/main.js /app/main.js
COPY LICENSE /app/
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 6443
ENTRYPOINT ["node", "/app/main.js"]
